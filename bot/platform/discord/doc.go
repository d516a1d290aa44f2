// Package discord is Earshot in Discord: cards drawn with components v2, their
// threads, modals, the command /voc, the context menu "Make this a case", and
// the channels where customers talk.
//
// It speaks through bwmarrin/discordgo, which only dgo.go, errors.go and
// gateway.go know: everything else sees the caller of port.go. What comes in is decoded by the
// small structs of payload.go, so that a component or event that discordgo
// does not know yet costs nothing.
package discord
