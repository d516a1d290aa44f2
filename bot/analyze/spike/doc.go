// Package spike finds episodes in which people say something far more often
// than is usual.
//
// A Detector watches one series of counts. It learns the series' level and its
// rhythm over the day and the week, and compares three windows that end now
// with what they should hold. How high a window must rise is learnt from that
// window's own daily peaks, so a noisy series is not a loud one.
//
// An Engine keeps a Detector for each (watch, topic, polarity), counts people
// instead of posts, decides which of the series that rise together deserves
// the one card, and tells what opened, changed and closed. Explain says what
// an episode is about. All of it is pure: events and clock are handed in, and
// the same events give the same episodes, also when the process was stopped
// and went on from a Snapshot in between.
package spike
