"""The addresses of DICOMweb."""
