package echo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"earshot/bot/analyze/token"
)

// Asked is a generated text and what it echoes.
type Asked struct {
	Text string
	Of   int    // the place among the known texts of what it echoes, −1 when it echoes nothing
	Kind string // how it was made
}

// Generate makes a labelled set, the same for the same seed: of each original
// one text of every kind that people and platforms make of it, and of each
// frame two complaints of different things, one known and one asked about,
// which are no echoes of one another. known begins with the originals, without
// those that echo one before them.
func Generate(originals []string, seed uint64) (known []string, asked []Asked) {
	random := rand.New(rand.NewPCG(seed, 1))
	known = distinct(originals)
	for i, text := range known {
		for _, v := range variants() {
			if made := v.make(text, random); made != "" {
				asked = append(asked, Asked{Text: made, Of: i, Kind: v.kind})
			}
		}
	}
	for _, f := range frames() {
		things := strings.Split(f.things, "|")
		random.Shuffle(len(things), func(i, j int) { things[i], things[j] = things[j], things[i] })
		for i := 0; i+1 < len(things); i += 2 {
			known = append(known, fmt.Sprintf(f.text, things[i]))
			asked = append(asked, Asked{Text: fmt.Sprintf(f.text, things[i+1]), Of: -1, Kind: "another thing in the same words"})
		}
	}
	return known, asked
}

// distinct leaves out what says the same as a text before it.
func distinct(texts []string) (list []string) {
	var read []*token.Text
	for _, s := range texts {
		t := new(token.Text)
		t.Read(s)
		if !slices.ContainsFunc(read, func(before *token.Text) bool { return Same(before, t) }) {
			list, read = append(list, s), append(read, t)
		}
	}
	return list
}

// variant makes a text of another that says the same; "" where it cannot.
type variant struct {
	kind string
	make func(text string, random *rand.Rand) string
}

func variants() []variant {
	return []variant{
		{"repost", func(s string, r *rand.Rand) string { return "RT @" + handle(r) + ": " + s }},
		{"forward", func(s string, r *rand.Rand) string {
			return pick(r, "Fwd: ", "FW: ", "Fwd: Re: ", "via @x ", "WG: ") + s
		}},
		{"remark before", func(s string, r *rand.Rand) string {
			return pick(r, "This! ", "So true: ", "+1 ", "Exactly this. ", "😡 ") + s
		}},
		{"link added or changed", func(s string, r *rand.Rand) string {
			return s + fmt.Sprintf(" https://%s.example/%d", handle(r), r.IntN(1e6))
		}},
		{"cut", cut},
		{"cut with a mark", func(s string, r *rand.Rand) string { return around("", cut(s, r), pick(r, "…", "...", " [...]")) }},
		{"reposted and cut", func(s string, r *rand.Rand) string { return around("RT @"+handle(r)+": ", cut(s, r), "…") }},
		{"misspelt", misspell},
		{"word dropped", dropWord},
		{"word added", func(s string, r *rand.Rand) string {
			w := strings.Fields(s)
			if len(w) < 8 {
				return ""
			}
			at := 1 + r.IntN(len(w)-1)
			return strings.Join(w[:at], " ") + " " + pick(r, "really", "just", "so", "again", "actually") + " " + strings.Join(w[at:], " ")
		}},
		{"remark after", func(s string, r *rand.Rand) string {
			return s + pick(r, " Unbelievable.", " wow", " #fail", " 🤬🤬", " @larkspur please")
		}},
		{"case and marks", func(s string, r *rand.Rand) string {
			return strings.NewReplacer(".", pick(r, "!", "!!", " ."), ", ", " ", "'", "’").Replace(strings.ToUpper(s))
		}},
	}
}

// around puts something before and after a text, unless there is none.
func around(before, s, after string) string {
	if s == "" {
		return ""
	}
	return before + s + after
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

func handle(r *rand.Rand) string {
	return pick(r, "brew", "oat", "mocha", "kettle") + pick(r, "hilda", "baron", "fan", "_", "lab") + fmt.Sprint(r.IntN(90))
}

// cut leaves the first six to nine tenths of a text, and may cut into a word.
func cut(s string, r *rand.Rand) string {
	w := strings.Fields(s)
	n := int(float64(len(w))*(0.6+0.3*r.Float64()) + 0.999)
	if n < shortWords+1 || n >= len(w) {
		return ""
	}
	last := []rune(w[n-1])
	if r.IntN(3) == 0 && len(last) > 3 && n > shortWords+2 {
		w[n-1] = string(last[:2+r.IntN(len(last)-3)])
	}
	return strings.Join(w[:n], " ")
}

// misspell swaps two letters inside a long word.
func misspell(s string, r *rand.Rand) string {
	w := strings.Fields(s)
	if len(w) < shortWords+1 {
		return ""
	}
	for range 20 {
		at := r.IntN(len(w))
		letters := []rune(w[at])
		if len(letters) < 6 || strings.ContainsAny(w[at], "0123456789@#:/.'’") {
			continue
		}
		k := 1 + r.IntN(len(letters)-4)
		if letters[k] != letters[k+1] {
			letters[k], letters[k+1] = letters[k+1], letters[k]
			w[at] = string(letters)
			return strings.Join(w, " ")
		}
	}
	return ""
}

// dropWord leaves a word out that is neither a number nor a negation.
func dropWord(s string, r *rand.Rand) string {
	w := strings.Fields(s)
	if len(w) < 8 {
		return ""
	}
	for range 20 {
		at := r.IntN(len(w))
		if !meaning([]byte(strings.Trim(strings.ToLower(w[at]), ".,!?’'"))) && !strings.Contains(w[at], "'") {
			return strings.Join(append(append([]string{}, w[:at]...), w[at+1:]...), " ")
		}
	}
	return ""
}

// frame is a complaint that many people make of different things.
type frame struct{ text, things string }

func frames() []frame {
	const parts = "battery|screen|pump|lid|handle|display|motor|filter|cable|hinge|button|speaker|charger|keyboard|fan|valve"
	const goods = "kettle|grinder|jacket|phone|toaster|lamp|blender|backpack|sofa|tablet|mattress|printer|router|headset|monitor|stroller"
	const places = "Leeds|Berlin|Porto|Madrid|Lyon|Turin|Dublin|Vienna|Boston|Austin|Oslo|Ghent|Krakow|Malmo|Athens|Zurich"
	const numbers = "123|4417|90210|3301|777|1204|88|56013|4242|6190|31|1999|20417|605|7070|112"
	return []frame{
		{"the %s died after two days", parts}, {"my %s is late again", goods}, {"my order %s is late", numbers}, {"order %s still not here", numbers},
		{"Where is my %s? I ordered it three weeks ago.", goods}, {"The %s broke on the first day, I want my money back.", parts},
		{"the %s is way too loud", parts}, {"do not buy this %s", goods}, {"I hate the new %s", parts}, {"worst %s I have ever owned", goods},
		{"The %s stopped working after the last update and support does not answer.", parts}, {"your shop in %s was closed again today", places},
		{"the staff in %s were rude to my mother", places}, {"Is the %s out of stock everywhere or only here?", goods},
		{"Ticket %s: no answer for nine days now.", numbers}, {"Refund for the %s please, it arrived damaged.", goods},
		{"I love my new %s", goods}, {"great %s for the price", goods}, {"thanks for the quick help with my %s", goods}, {"the %s smells burnt", parts},
		{"Der %s ist nach zwei Tagen kaputt gegangen", "Akku|Deckel|Motor|Filter|Griff|Bildschirm|Schalter|Stecker"},
		{"la livraison à %s a encore une semaine de retard", places}, {"el pedido %s no ha llegado", numbers},
		{"Version 4.%s drains the battery within an hour", "1|2|3|4|5|6|7|8"}, {"I paid %s euros for this and it is junk", numbers},
		{"My daughter got a %s for her birthday and it was broken when she opened the box.", goods},
		{"The courier left the %s in the rain, now it is ruined and nobody feels responsible.", goods},
		{"we waited %s minutes at the counter and then they closed", "20|25|30|40|45|50|60|90"},
	}
}
