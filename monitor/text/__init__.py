"""Text processing: normalisation, tokens, sentences, language detection, and the inflected forms of words."""
