//go:build race

package platformtest

// slower is how much longer things may take under the race detector, which
// slows a program down two to twenty times (go.dev/doc/articles/race_detector).
// An acknowledgement then has what the platforms themselves grant, three seconds
// (docs.slack.dev/interactivity/handling-user-interaction,
// docs.discord.com/developers/interactions/receiving-and-responding).
const slower = 3
