package aspect

import (
	"earshot/bot/analyze/token"
)

// Place is where a text names a watch: which one, and where in Text.Folded.
type Place struct {
	Watch      int
	Start, End uint32
}

// word is one step of the sequence that rules are matched with: a token, a
// word of a hashtag, a sign that compares, or the name of a watch.
type word struct {
	id     int16 // of the vocabulary; 0 for a word that no rule has
	plain  int16 // of the word without drawn-out letters; id where there are none
	clause uint16
	watch  int16 // number of the watch that it names, plus one; 0 for none
	kind   token.Kind
	tag    bool // it is a part of a hashtag
	drawn  bool
	denied bool // a negation stands before it
	filled bool // it begins no sentence: a greeting or a name that is called
}

// maxSplit is the most bytes of a hashtag that are split into words.
const maxSplit = 40

// sequence lays a text out for the rules. Places are in ascending order.
func (r *Rules) sequence(t *token.Text, places []Place, list []word) []word {
	end := uint32(0)
	for i := range t.Tokens {
		k := &t.Tokens[i]
		between := t.Folded[end:max(end, k.Start)]
		end = k.End
		if len(between) > 0 && i > 0 {
			list = r.sign(between, k.Clause, list)
		}
		if last := i+1 == len(t.Tokens) || t.Tokens[i+1].Clause != k.Clause; isSarcasm(between, t.FormOf(*k), last) {
			list = append(list, r.signWord(signSarcasm, k.Clause))
			continue
		}
		if w, inside := named(&places, k, list); w != 0 {
			if !inside {
				list = append(list, word{clause: k.Clause, watch: w, denied: k.Negated > 0})
			}
			continue
		}
		id := r.words.id(k.Hash)
		w := word{id: id, plain: id, clause: k.Clause, kind: k.Kind, drawn: k.Long, denied: k.Negated > 0}
		if k.Long {
			w.plain = r.words.id(squeezed(t.FormOf(*k)))
		}
		if k.Kind == token.Tag {
			list = r.tag(t.FormOf(*k), w, list)
			continue
		}
		w.filled = k.Kind == token.Handle || r.words.uses[id]&greets != 0
		list = append(list, w)
	}
	return list
}

// named tells whether a token is part of a watch's name: which, plus one, and
// whether the name began before it.
func named(places *[]Place, k *token.Token, list []word) (watch int16, inside bool) {
	for len(*places) > 0 && (*places)[0].End <= k.Start {
		*places = (*places)[1:]
	}
	if len(*places) == 0 || (*places)[0].Start >= k.End {
		return 0, false
	}
	p := (*places)[0]
	w := int16(p.Watch + 1)
	return w, p.Start < k.Start && len(list) > 0 && list[len(list)-1].watch == w
}

// sign enters a ">" or "<" that stands between two words.
func (r *Rules) sign(between []byte, clause uint16, list []word) []word {
	sign := -1
	for _, c := range between {
		switch c {
		case '>':
			sign = signGreater
		case '<':
			sign = signLess
		case ' ', '=':
		default:
			return list
		}
	}
	if sign < 0 {
		return list
	}
	return append(list, r.signWord(sign, clause))
}

func (r *Rules) signWord(sign int, clause uint16) word {
	return word{id: r.signs[sign], plain: r.signs[sign], clause: clause, kind: token.Mark}
}

// isSarcasm tells whether a word is the "s" of "/s" or a "not" that stands
// behind a comma at the end: people say so that they meant the opposite.
func isSarcasm(between, form []byte, last bool) bool {
	n := len(between)
	if last && string(form) == "not" {
		return n > 0 && between[0] == ','
	}
	return len(form) == 1 && form[0] == 's' && n > 1 && between[n-1] == '/' && between[n-2] == ' '
}

// squeezed is the hash of a form without doubled letters: "loove" is "love".
func squeezed(form []byte) uint32 {
	var buf [96]byte
	out := buf[:0]
	for i, c := range form {
		if i == 0 || c != form[i-1] || c >= 0x80 {
			out = append(out, c)
		}
	}
	return token.Hash(out)
}

// tag enters a hashtag as the words that it is made of, else whole.
func (r *Rules) tag(form []byte, w word, list []word) []word {
	w.tag = true
	if len(form) <= maxSplit {
		if split, ok := r.split(form, w, list); ok {
			return split
		}
	}
	return append(list, w)
}

// Bounds of the words of a hashtag, in bytes.
const (
	tagShort = 2
	tagLong  = 14
)

// split finds the fewest known words that a form is made of. Where they leave a
// rest, an affix at its beginning or end counts: "boycott…", "…fail".
func (r *Rules) split(form []byte, w word, list []word) ([]word, bool) {
	var best, from [maxSplit + 1]uint8 // words up to a place, plus one; where the last of them begins
	var ids [maxSplit + 1]int16
	best[0] = 1
	head, tail := int16(0), int16(0)
	for i := range form {
		h := token.Hash("")
		for j := i; j < min(len(form), i+tagLong); j++ {
			h = token.HashNext(h, form[j])
			n := j + 1 - i
			id := r.words.id(h)
			if id == 0 || n < tagShort && form[i] != 'i' && form[i] != 'a' {
				continue
			}
			if affix := r.words.uses[id]&affixes != 0; affix && i == 0 {
				head = id
			} else if affix && j+1 == len(form) && tail == 0 {
				tail = id
			}
			if best[i] > 0 && (best[j+1] == 0 || best[i]+1 < best[j+1]) {
				best[j+1], from[j+1], ids[j+1] = best[i]+1, uint8(i), id
			}
		}
	}
	if n := len(form); best[n] > 0 {
		at := len(list)
		count := int(best[n]) - 1
		for range count {
			list = append(list, w)
		}
		for j := n; j > 0; j = int(from[j]) {
			count--
			list[at+count].id, list[at+count].plain = ids[j], ids[j]
		}
		return list, true
	}
	for _, id := range []int16{head, tail} {
		if id != 0 {
			w.id, w.plain = id, id
			return append(list, w), true
		}
	}
	return list, false
}
