"""The viewer alone on a page: template, styles and modules as they ship, pictures from memory, the product's policy."""

import base64
import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from django.template.loader import render_to_string
from django.templatetags.static import static
from PIL import Image as Pillow
from playwright.sync_api import Error

from cases.frame_headers import Geometry, colour_header, grey_header
from cases.frames import Depth, encode_colour, encode_grey
from cases.rendition import GreyScale, range_of, render

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'"
)
KEYS = {
    "picture.invert": ["i"], "picture.flip": ["h"], "picture.flip_vertical": ["v"], "picture.rotate": ["r"],
    "picture.zoom_in": ["+", "="], "picture.zoom_out": ["-"], "picture.one_to_one": ["*"], "picture.reset": ["Space"],
    "picture.fit": ["."], "picture.darker": ["["], "picture.brighter": ["]"], "picture.softer": ["{"],
    "picture.harder": ["}"], "picture.preset_1": ["Shift+1"], "picture.preset_2": ["Shift+2"],
    "picture.left": ["ArrowLeft"], "picture.right": ["ArrowRight"], "picture.up": ["ArrowUp"],
    "picture.down": ["ArrowDown"], "picture.next_image": ["PageDown"], "picture.previous_image": ["PageUp"],
    "picture.cine": ["c"], "picture.magnifier": ["m"], "picture.full": ["f"],
    "picture.full_screen": ["Shift+F"], "hanging.next": ["p"],
    "tool.window": ["w"], "tool.pan": ["d"], "tool.length": ["l"], "tool.angle": ["a"], "tool.ellipse": ["e"],
    "tool.box": ["b"], "tool.point": ["o"], "mark.delete": ["Delete", "Backspace"],
}  # fmt: skip
LABELS = [{"key": "nodule", "name": "Nodule"}, {"key": "effusion", "name": "Pleural effusion"}]


def frame_file(pixels: np.ndarray, scale: GreyScale | None = None, geometry: Geometry | None = None) -> bytes:
    """The frame file of these stored values, as the product writes it."""
    geometry = geometry or Geometry()
    if pixels.ndim == 3:
        return encode_colour(pixels, colour_header(geometry, 0, 1))
    scale = scale or GreyScale(16)
    depth = Depth.of(int(pixels.min()), int(pixels.max()))
    return encode_grey(pixels, depth, grey_header(scale, range_of(pixels, scale), geometry, 0, 1))


def with_header(file: bytes, **about) -> bytes:
    """The frame file with these values of its header; None: without the key, as files that are older than it."""
    file = bytes(file)
    length = int.from_bytes(file[4:8], "little")
    header = {key: value for key, value in (json.loads(file[8 : 8 + length]) | about).items() if value is not None}
    text = json.dumps(header).encode()
    return file[:4] + len(text).to_bytes(4, "little") + text + bytes(-len(text) % 8) + file[8 + length + -length % 8 :]


def jpeg(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


@dataclass
class Answer:
    """What the stage says to one address; ``status`` may be changed while the test runs. None: nothing yet."""

    body: bytes
    status: int | None = 200
    kind: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)


# Two frames are drawn, or the test fails: a page whose frames never come would hold it for ever.
TWO_FRAMES = """() => new Promise((done, fail) => {
    requestAnimationFrame(() => requestAnimationFrame(done));
    setTimeout(() => fail(new Error('no frame was drawn for 30 s')), 30000); })"""


class Stage:
    """Serves pictures to one page and opens cases on it."""

    def __init__(self, page):
        self.page = page
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.held: list = []  # requests that have no answer yet
        self.count = 0
        page.context.set_default_timeout(30_000)  # a busy machine is no bug
        page.context.route(re.compile(r"/stage/"), self._serve)

    def picture(
        self,
        pixels: np.ndarray,
        scale: GreyScale | None = None,
        geometry: Geometry | None = None,
        *,
        frames=None,
        **about,
    ) -> dict:
        """A picture of the case's JSON, its files ready to be asked for."""
        self.count += 1
        pk = self.count
        scale = scale or GreyScale(16)
        shown = pixels if pixels.ndim == 3 else render(pixels, scale)
        urls = []
        for n, values in enumerate(frames if frames is not None else [pixels]):
            urls.append(f"/stage/frames/{pk}/{n}/")
            self.answers[urls[-1]] = Answer(frame_file(values, scale, geometry))
        preview = f"/stage/preview/{pk}/"
        self.answers[preview] = Answer(jpeg(shown), kind="image/jpeg")
        return {
            "id": pk, "name": "Frontal", "note": "PA", "rank": 0, "series": pk, "seriesNote": "", "frames": len(urls),
            "instance": pk, "preview": preview, "thumbnail": preview, "frameUrls": urls, "width": pixels.shape[1],
            "height": pixels.shape[0], "stretch": list((geometry or Geometry()).stretch), "prior": 0, "problem": None,
            "begins": True, **about,
        }  # fmt: skip

    def case(self, *images, case=1, hangings=None, prefetch=(), marks=()) -> dict:
        hangings = hangings or [{"name": "Current", "images": list(range(len(images)))}]
        return {
            "case": case,
            "images": list(images),
            "hangings": hangings,
            "prefetch": list(prefetch),
            "labels": LABELS,
            "marks": list(marks),
        }

    def open(self, *images, stage="full", **about) -> None:
        """A page with the viewer, at this case, painted."""
        self.first = self.case(*images, **about)
        self.page.goto("/stage/", wait_until="domcontentloaded")  # "load" waits for thumbnails that a test holds
        self.painted(self.first["case"], stage)

    def swap(self, data: dict) -> None:
        """What htmx does when a verdict brought the next case."""
        self.page.evaluate(
            """data => { document.getElementById('case-images').textContent = data;
            document.dispatchEvent(new CustomEvent('htmx:afterSwap')); }""",
            json.dumps(data),
        )

    def hold(self, picture: dict) -> None:
        """From now on the picture is asked for in vain, until ``let_go``."""
        for path in (picture["preview"], *picture["frameUrls"]):
            self.answers[path].status = None

    def let_go(self) -> None:
        """Answers come again, those that are waited for too."""
        for answer in self.answers.values():
            answer.status = answer.status or 200
        held, self.held = self.held, []
        for route in held:
            with suppress(Error):  # nobody waits for it any more
                self._serve(route)

    def painted(self, case=1, stage="full") -> None:
        self.page.locator(f"#viewer[data-case='{case}'][data-painted='{stage}']").wait_for(state="attached")
        self.page.evaluate(TWO_FRAMES)

    def pixels(
        self, film: int = 0, size: tuple[int, int] | None = None, of: str = ".film > canvas:not(.lens)"
    ) -> np.ndarray:
        """What stands on the film's canvas, H×W×3: all of it, or as many rows and columns in its middle."""
        width, height, data = self.page.evaluate(
            """([n, size, of]) => { const canvas = document.querySelectorAll(of)[n];
            const [height, width] = size ?? [canvas.height, canvas.width];
            const left = Math.floor(canvas.width / 2 - width / 2 + 0.5);
            const top = Math.floor(canvas.height / 2 - height / 2 + 0.5);
            if (left < 0 || top < 0) throw new Error(`${width} × ${height} do not fit on the canvas`);
            const { data } = canvas.getContext('2d').getImageData(left, top, width, height);
            let text = '';
            for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
            return [width, height, btoa(text)]; }""",
            [film, size, of],
        )
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.frame()

    def frame(self) -> None:
        """Until what was asked for is drawn."""
        self.page.evaluate(TWO_FRAMES)

    def film(self, n: int = 0):
        return self.page.locator(".film").nth(n)

    def spot(self, x: float, y: float, film: int = 0) -> tuple[float, float]:
        """The page's coordinates of a share of the film."""
        box = self.film(film).bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, start, end, button="left", film: int = 0) -> None:
        mouse = self.page.mouse
        mouse.move(*self.spot(*start, film))
        mouse.down(button=button)
        mouse.move(*self.spot(*end, film), steps=4)
        mouse.up(button=button)
        self.frame()

    def words(self, where: str, film: int = 0) -> str:
        return self.film(film).locator(where).inner_text()

    def marks(self) -> list[dict]:
        return json.loads(self.page.locator("input[name=marks]").input_value() or "[]")

    def _serve(self, route) -> None:
        path = re.sub(r"^https?://[^/]+", "", route.request.url)
        if path == "/stage/":
            return route.fulfill(
                body=self._html(), content_type="text/html", headers={"Content-Security-Policy": POLICY}
            )
        self.asked.append(path)
        answer = self.answers[path]
        if answer.status is None:
            return self.held.append(route)
        if answer.status == 0:
            return route.abort()
        headers = {"Content-Type": answer.kind, **answer.headers}
        if answer.status != 200:
            return route.fulfill(
                status=answer.status, body=answer.body if answer.status >= 400 else b"", headers=headers
            )
        return route.fulfill(body=answer.body, headers=headers)  # a fulfilled request is not inflated by the browser

    def _html(self) -> str:
        viewer = render_to_string("labeling/_viewer.html")
        sheets = "".join(
            f'<link rel="stylesheet" href="{static(f"css/{name}.css")}">'
            for name in ("scales", "room-tokens", "reading", "case", "viewer")
        )
        return (
            f'<!doctype html><html lang="en" class="reading"><head><title>Stage</title>'
            f'<link rel="icon" href="{static("favicon.svg")}">{sheets}</head><body>'
            f'<div class="room"><header class="bar">Stage</header>{viewer}<aside class="panel">'
            '<form><input type="hidden" name="marks"><input type="hidden" name="display">'
            '</form></aside></div><p id="live" class="visually-hidden" role="status"></p>'
            f'<div id="case-images" hidden>{json.dumps(self.first)}</div>'
            f'<script type="application/json" id="keymap">{json.dumps(KEYS)}</script>'
            f'<script type="module" src="{static("js/viewer/index.js")}"></script></body></html>'
        )
