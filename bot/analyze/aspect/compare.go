package aspect

// Side is how a watch comes off in a comparison: Weight above 0 well, below 0
// badly, in log-odds. Of an Unlike watch only that is known: it is the opposite
// of what follows.
type Side struct {
	Watch  int
	Weight float64
	Unlike bool
}

// sides sums up what the findings say of each watch. "I regret it" turns what
// going from one to another says.
func (r *Rules) sides(s *Scratch) []Side {
	list := s.sides[:0]
	turned := false
	for _, f := range s.found {
		turned = turned || r.rules[f.rule].effect == regret
	}
	add := func(watch int16, weight float64, unlike bool) {
		if watch == 0 {
			return
		}
		for i := range list {
			if list[i].Watch == int(watch)-1 {
				list[i].Weight += weight
				list[i].Unlike = list[i].Unlike || unlike
				return
			}
		}
		list = append(list, Side{Watch: int(watch) - 1, Weight: weight, Unlike: unlike})
	}
	for _, f := range s.found {
		u := &r.rules[f.rule]
		w := u.weight
		if u.effect == change && turned {
			w = -w
		}
		switch u.effect {
		case compare, change:
			add(f.plus, w, false)
			add(f.minus, -w, false)
		case unlike:
			add(f.plus, 0, true)
			add(f.minus, 0, true)
		}
	}
	for i := range list {
		list[i].Weight = bounded(list[i].Weight)
	}
	s.sides = list
	return list
}
