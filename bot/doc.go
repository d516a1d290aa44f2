// Package bot is the domain of Earshot: what a mention, a verdict, a case, a
// reply, a card, a spike and a delivery are, what may happen to them, and the
// contracts that sources and platforms keep. It imports the standard library
// alone, does no I/O, and every other package speaks its words.
//
// A mention travels one way: a Source hands it over, analysis adds a Verdict,
// it opens or joins a Case, the case is drawn as a View on a Platform, people
// send back an Interaction, and a Reply goes to the source again.
package bot
