"""DICOMweb under ``/dicom-web/``: search, retrieve and store (PS3.18), for viewers and archives outside."""
