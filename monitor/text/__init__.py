"""Text as the matcher sees it: normalised, cut into tokens and sentences, in a known language, word by word."""
