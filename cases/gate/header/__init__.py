"""Of a DICOM file: what is kept of its header, and what its pixels show or are alike with."""
