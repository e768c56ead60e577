"""Agreement, outcomes, selection and split."""
