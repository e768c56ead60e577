"""What reads files at the border: pictures, reports, layouts, storage."""
