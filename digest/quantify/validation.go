package quantify

// measured is how one model answers on semeval_val.tsv.
type measured struct {
	model  string
	counts Confusion
}

// validations lists the embedded models that were measured. MODEL_CARD.md says
// where the texts are had. The figures are those that
//
//	earshot eval matrix --data DIR
//
// prints; run it again when the model has changed, and put them here.
func validations() []measured {
	return []measured{
		{"ensemble-5", Confusion{
			{222, 7, 20, 0, 7, 56},
			{157, 20, 153, 2, 18, 519},
			{45, 19, 585, 5, 16, 149},
		}},
		{"ensemble-4", Confusion{
			{225, 6, 12, 0, 7, 62},
			{155, 21, 143, 2, 16, 532},
			{48, 22, 572, 5, 15, 157},
		}},
		{"ensemble-3", Confusion{
			{225, 7, 13, 0, 5, 62},
			{166, 17, 122, 2, 15, 547},
			{52, 19, 574, 5, 10, 159},
		}},
		{"ensemble-2", Confusion{
			{224, 7, 13, 0, 5, 63},
			{163, 17, 123, 2, 15, 549},
			{49, 18, 574, 5, 13, 160},
		}},
		{"ensemble-1", Confusion{
			{227, 6, 14, 0, 4, 61},
			{165, 17, 131, 2, 14, 540},
			{50, 17, 575, 5, 12, 160},
		}},
	}
}

// Validated is how a model answers on a public set of labelled texts, by what
// people say of each; false for a model that was not measured.
func Validated(model string) (Confusion, bool) {
	for _, v := range validations() {
		if v.model == model {
			return v.counts, true
		}
	}
	return Confusion{}, false
}

// typical is how a model of this kind errs on such texts, for one that was not
// measured: the figures of linear-2 in November 2026, which stay as they are.
func typical() Confusion {
	return Confusion{
		{223, 5, 19, 0, 4, 61},
		{180, 9, 135, 2, 16, 527},
		{48, 17, 575, 6, 18, 155},
	}
}
