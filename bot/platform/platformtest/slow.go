//go:build !race

package platformtest

// Slower is how much longer things may take than people are promised.
const Slower = 1
