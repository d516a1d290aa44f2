// Package chart draws the pictures of digests and spikes as PNG: light
// background, few colours that hold up for colour-blind eyes, letters that are
// legible when the picture is as wide as a phone. It draws values it is given
// and knows nothing of where they come from.
package chart
