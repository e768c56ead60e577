"""Sites, patients, studies, images and reports, and how they come in."""
