package main

import (
	"math/rand/v2"
	"strings"
)

// unknownTexts are made of words that nobody knows, as the names of brands
// and places are, and of words that say nothing: neutral all of them. They
// teach that where little is known of a text, little is felt.
func unknownTexts(n int, weight float32) []labelled {
	random := rand.New(rand.NewPCG(23, 1))
	plain := strings.Fields("the my a is it at on in and this for has with to of i we you they was by one from that here our your")
	texts := make([]labelled, n)
	for i := range texts {
		words := make([]string, 1+random.IntN(7))
		for k := range words {
			if random.IntN(5) < 2 {
				words[k] = plain[random.IntN(len(plain))]
			} else {
				words[k] = nameOf(random)
			}
		}
		texts[i] = labelled{label: 1, weight: weight, text: strings.Join(words, " ") + []string{"", ".", "!"}[random.IntN(3)]}
	}
	return texts
}

// nameOf makes a name up, so that no brand has a mood of its own.
func nameOf(random *rand.Rand) string {
	pick := func(list string) string {
		words := strings.Fields(list)
		return words[random.IntN(len(words))]
	}
	name := ""
	for range 1 + random.IntN(3) {
		name += pick("b br c ch d f fl g gr h j k l m n p pl qu r s sh st t tr v w z") + pick("a e i o u ai ea ou a e i o") + pick("n r l s t m x d - - - -")
	}
	name = strings.ReplaceAll(name, "-", "")
	if random.IntN(2) == 0 {
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}
