"""How a language model is asked: questions, answers, prompts, schemas, and what is checked before an answer counts."""
