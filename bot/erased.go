package bot

// Erased stands where words were that had to be forgotten.
const Erased = "(erased)"
