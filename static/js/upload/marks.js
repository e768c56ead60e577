// What the first bytes of a file are, told from piece to piece: by it the server compares what it has with the file that was chosen.
// crypto.subtle is there on https and localhost only, and digests no file piece by piece: so there the mark is a chain of the pieces'
// digests. Elsewhere it is the CRC-32 of all bytes. The server keeps both.

const hex = (value) => value.toString(16).padStart(8, "0");

async function sha256(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Mark {
  constructor(length = 0, chain = "", crc = 0) { Object.assign(this, { length, chain, crc }); }

  // As the server takes it.
  get text() { return globalThis.crypto?.subtle ? `sha256 ${this.chain}` : `crc32 ${hex(this.crc)}`; }

  // The checksum of the piece that follows, and the mark once it has come.
  async followedBy(bytes) {
    const length = this.length + bytes.byteLength;
    if (!globalThis.crypto?.subtle) {
      const [piece, crc] = [new Uint8Array(bytes), this.crc];
      const all = crc32(piece, crc);
      return { checksum: `crc32 ${hex(this.length ? crc32(piece) : all)}`, mark: new Mark(length, "", all) };
    }
    const digest = await sha256(bytes);
    const chain = await sha256(new TextEncoder().encode(this.chain + digest));
    return { checksum: `sha256 ${digest}`, mark: new Mark(length, chain) };
  }

  // The mark of the file's first bytes, read in pieces as they were sent; from this mark on where it is not beyond them.
  async upTo(length, source, size) {
    let mark = this.length <= length ? this : new Mark();
    while (mark.length < length) {
      const piece = source.slice(mark.length, Math.min(mark.length + size, length));
      ({ mark } = await mark.followedBy(await piece.arrayBuffer()));
    }
    return mark;
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes, before = 0) {
  let value = ~before;
  for (let index = 0; index < bytes.length; index++) value = TABLE[(value ^ bytes[index]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}
