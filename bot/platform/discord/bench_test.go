package discord

import (
	"testing"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// BenchmarkDraw draws the card people see most, and the worst text there is.
func BenchmarkDraw(b *testing.B) {
	b.Run("case", func(b *testing.B) {
		for b.Loop() {
			draw(platformtest.CaseView(), drawing{})
		}
	})
	for _, v := range platformtest.Hostile() {
		if v.Name == "emoji" || v.Name == "quotes" || v.Name == "unbroken" || v.Name == "zalgo" {
			b.Run(v.Name, func(b *testing.B) {
				for b.Loop() {
					draw(v.View, drawing{})
				}
			})
			b.Run(v.Name+"_form", func(b *testing.B) {
				for b.Loop() {
					openModal(bot.Form{Action: bot.ActionID{Name: "x"}, Intro: v.View.Blocks, Fields: []bot.Field{{Name: "a", Kind: bot.FieldLong, Value: v.View.Notice}}})
				}
			})
		}
	}
}
