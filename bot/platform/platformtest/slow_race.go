//go:build race

package platformtest

// Slower is how much longer things may take under the race detector, which
// slows a program down two to twenty times (go.dev/doc/articles/race_detector).
const Slower = 5
