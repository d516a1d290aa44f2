package aspect

import (
	"fmt"
	"slices"
	"strings"

	"earshot/bot/analyze/token"
)

// vocabulary is every word of the rules, with the lists that it stands in. A
// text's words are looked up once; from then on rules are matched by number.
type vocabulary struct {
	bits    [512]uint64 // one for some of the bits of a word's hash: most other words are passed over by them
	slots   []slot      // open addressing by hash, a power of two of them
	entries []entry
	uses    []use          // of each entry
	lists   map[string]int // the alternatives of a pattern's place, by number
	members [][]int16      // the words of each
	text    token.Text
}

type slot struct {
	hash uint32
	id   int16 // place in entries; 0 for an empty slot
}

// entry is one word. That of number 0 is every word that no rule has.
type entry struct {
	in    lists
	first []candidate // rules that begin with it
}

// lists is a set of alternatives by number.
type lists [listWords]uint64

// listWords times 64 is how many different lists of alternatives the rules may
// have.
const listWords = 14

func (l *lists) add(n int)      { l[n/64] |= 1 << (n % 64) }
func (l *lists) has(n int) bool { return l[uint(n)/64]>>(uint(n)%64)&1 == 1 }

func (l *lists) join(o *lists) {
	for i := range l {
		l[i] |= o[i]
	}
}

// anyText is the number of a list that every text has a word of.
const anyText = 64*listWords - 1

// use is what a word is good for apart from the rules.
type use uint8

const (
	greets  use = 1 << iota // begins no sentence: "hi"
	leads                   // may stand before a watch's name: "my old Wren"
	asks                    // a question mark
	affixes                 // counts at either end of a hashtag that has other words as well
)

// newVocabulary makes an empty one for a number of words.
func newVocabulary(words int) *vocabulary {
	n := 1
	for n < 4*words {
		n *= 2
	}
	return &vocabulary{slots: make([]slot, n), entries: make([]entry, 1, words), uses: make([]use, 1, words), lists: map[string]int{}}
}

// id is the number of a word by its hash; 0 where no rule has it.
func (v *vocabulary) id(hash uint32) int16 {
	if v.bits[hash>>6%512]>>(hash&63)&1 == 0 {
		return 0
	}
	mask := uint32(len(v.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := v.slots[i]; s.id == 0 || s.hash == hash {
			return s.id
		}
	}
}

// add gives the number of a word, new or not.
func (v *vocabulary) add(word string) (int16, error) {
	v.text.Read(word)
	if len(v.text.Tokens) != 1 {
		return 0, fmt.Errorf("%q is not one word", word)
	}
	hash := v.text.Tokens[0].Hash
	if id := v.id(hash); id != 0 {
		return id, nil
	}
	if 2*len(v.entries) > len(v.slots) {
		return 0, fmt.Errorf("more than %d words", len(v.slots)/2)
	}
	mask := uint32(len(v.slots) - 1)
	i := hash & mask
	for v.slots[i].id != 0 {
		i = (i + 1) & mask
	}
	v.entries, v.uses = append(v.entries, entry{}), append(v.uses, 0)
	v.bits[hash>>6%512] |= 1 << (hash & 63)
	v.slots[i] = slot{hash, int16(len(v.entries) - 1)}
	return v.slots[i].id, nil
}

// list gives the number of a list of alternatives, and enters it with its words.
func (v *vocabulary) list(words []string) (int, error) {
	slices.Sort(words)
	words = slices.Compact(words)
	key := strings.Join(words, "|")
	if n, ok := v.lists[key]; ok {
		return n, nil
	}
	n := len(v.lists)
	if n == anyText {
		return 0, fmt.Errorf("more than %d lists of alternatives", n)
	}
	ids := make([]int16, len(words))
	for i, w := range words {
		id, err := v.add(w)
		if err != nil {
			return 0, err
		}
		ids[i] = id
		v.entries[id].in.add(n)
	}
	v.lists[key], v.members = n, append(v.members, ids)
	return n, nil
}

// mark notes what words are good for.
func (v *vocabulary) mark(words []string, u use) error {
	for _, w := range words {
		id, err := v.add(w)
		if err != nil {
			return err
		}
		v.uses[id] |= u
	}
	return nil
}
