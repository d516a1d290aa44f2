//go:build !race

package platformtest

// slower is how much longer things may take than people are promised.
const slower = 1
