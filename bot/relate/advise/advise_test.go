package advise

import (
	"strings"
	"testing"

	"earshot/bot"
)

func TestFor(t *testing.T) {
	question := bot.Verdict{Intents: []bot.IntentHit{{Name: bot.Question}}}
	for _, tc := range []struct {
		name string
		q    Question
		want Place
		why  string // a piece of the reason
	}{
		{"nothing to say", Question{Mention: said("My kettle leaks.")}, Either, ""},
		{"an order number, en", Question{Mention: said("Where is my order 88412-7?")}, Private, "order number (884…2-7)"},
		{"with words between", Question{Mention: said("Order number is: KT48812, still nothing")}, Private, "order number"},
		{"behind a #", Question{Mention: said("still waiting #4481203")}, Private, "order number"},
		{"de", Question{Mention: said("Meine Bestellnummer lautet 4481203, nichts kommt an")}, Private, "order number"},
		{"fr", Question{Mention: said("Ma commande n° FR-448120 est perdue")}, Private, "order number"},
		{"es", Question{Mention: said("Mi pedido 4481203 no llega")}, Private, "order number"},
		{"it", Question{Mention: said("L'ordine 4481203 non arriva")}, Private, "order number"},
		{"pt", Question{Mention: said("A minha encomenda 4481203 não chegou")}, Private, "order number"},
		{"ar", Question{Mention: said("رقم الطلب 4481203 لم يصل")}, Private, "order number"},
		{"hi", Question{Mention: said("मेरा ऑर्डर 4481203 नहीं आया")}, Private, "order number"},
		{"a year is none", Question{Mention: said("I placed an order in 2024 and loved it")}, Either, ""},
		{"a date is none", Question{Mention: said("my order of 2026-03-09 is fine")}, Either, ""},
		{"a price is none", Question{Mention: said("the order was 49.99 and worth it")}, Either, ""},
		{"an e-mail address", Question{Mention: said("write to ann@example.org")}, Private, "an e-mail address"},
		{"a phone number", Question{Mention: said("call me: +49 30 901820")}, Private, "a phone number"},
		{"a card number", Question{Mention: said("charged on 4111 1111 1111 1111 twice")}, Private, "a card number"},
		{"an IBAN", Question{Mention: said("refund to DE89 3704 0044 0532 0130 00")}, Private, "a bank account"},
		{"in our answer", Question{Mention: said("where is it?"), Draft: "Your order 4481203 left today."}, Private, "Your answer has an order number"},
		{"health, en", Question{Mention: said("I am allergic to the coating")}, Private, "“allergic”"},
		{"de", Question{Mention: said("Ich bin schwanger, ist das schädlich?")}, Private, "“schwanger”"},
		{"fr", Question{Mention: said("J'ai fini à l'hôpital")}, Private, "health"},
		{"es", Question{Mention: said("Mi hija es alérgica, estuvo en el médico")}, Private, "health"},
		{"it", Question{Mention: said("Sono finita in ospedale")}, Private, "health"},
		{"pt", Question{Mention: said("Estou grávida e passei mal")}, Private, "health"},
		{"ar", Question{Mention: said("ذهبت إلى المستشفى بسببه")}, Private, "health"},
		{"hi", Question{Mention: said("मुझे अस्पताल जाना पड़ा")}, Private, "health"},
		{"a mood is none", Question{Mention: said("I am sick of this, my phone died")}, Either, ""},
		{"said in private", Question{Mention: bot.Mention{Text: "hello", Private: true}}, Private, "in private"},
		{"many say it", Question{Mention: said("It leaks"), People: 4}, Public, "4 people"},
		{"two are not many", Question{Mention: said("It leaks"), People: 2}, Either, ""},
		{"a rumour", Question{Mention: said("I hear they close down"), Verdict: bot.Verdict{Voice: bot.Hearsay}}, Public, "sets it right"},
		{"a question", Question{Mention: said("Does it fit 220 V?"), Verdict: question}, Public, "question"},
		{"a question with a number in it", Question{Mention: said("Where is order 4481203?"), Verdict: question, People: 9}, Private, "order number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := For(tc.q)
			if got.Place != tc.want || !strings.Contains(got.Why, tc.why) || (got.Place == Either) != (got.Why == "") {
				t.Errorf("got %+v", got)
			}
			if strings.Contains(got.Why, "4481203") {
				t.Errorf("the reason repeats the number: %s", got.Why)
			}
		})
	}
}

func said(s string) bot.Mention { return bot.Mention{Text: s} }

// TestHandOver: in the customer's language, without anything personal in it,
// and short enough for the shortest service, Bluesky's 300.
func TestHandOver(t *testing.T) {
	for lang, text := range handOvers() {
		if HandOver(lang) != text || len([]rune(text)) > 200 || For(Question{Draft: text}).Place != Either {
			t.Errorf("%s: %q", lang, text)
		}
	}
	if HandOver("de-AT") != handOvers()["de"] || HandOver("xx") != handOvers()["en"] || HandOver("") != handOvers()["en"] {
		t.Error("another language than English is asked for in the wrong words")
	}
}

func FuzzFor(f *testing.F) {
	f.Add("Order number is: KT48812, still nothing", "call +49 30 901820")
	f.Add("commande n° "+strings.Repeat("x ", 100), "#1-2-3-4-5")
	f.Fuzz(func(t *testing.T, words, draft string) {
		a := For(Question{Mention: said(words), Draft: draft})
		if (a.Place == Either) != (a.Why == "") {
			t.Errorf("%+v", a)
		}
	})
}
