package main

import "earshot/bot/analyze/sentiment"

// forward reads the rows of a text: what the filters answer, and what pooling
// leaves of it.
func (c *convolution) forward(rows []uint32) {
	const columns, filters = sentiment.Columns, sentiment.Filters
	d := &c.desk
	for len(d.answers) < len(rows)*columns {
		d.answers = append(d.answers, make([]float32, columns)...)
	}
	for i, row := range rows {
		a := d.answers[i*columns:][:columns]
		clear(a)
		if row != sentiment.Pad {
			project(c.vector(row), c.across, a)
		}
	}
	clear(d.hidden[:])
	for i := range d.at {
		d.at[i] = -1
	}
	for i := range rows {
		for width := 1; width <= 3 && i+width <= len(rows); width++ {
			c.window(i, width)
		}
	}
	for f := range filters {
		d.hidden[3*filters+f] /= float32(len(rows))
	}
}

// firstSlot is the first slot of the filters of a width.
func firstSlot(width int) int { return width * (width - 1) / 2 }

// window pools what the filters of a width answer from word i on.
func (c *convolution) window(i, width int) {
	const columns, filters = sentiment.Columns, sentiment.Filters
	d, slot, first := &c.desk, firstSlot(width), (width-1)*filters
	one := d.answers[i*columns+slot*filters:][:filters]
	two, three := one, one
	if width > 1 {
		two = d.answers[(i+1)*columns+(slot+1)*filters:][:filters]
	}
	if width > 2 {
		three = d.answers[(i+2)*columns+(slot+2)*filters:][:filters]
	}
	hidden, at, bias := d.hidden[first:][:filters], d.at[first:][:filters], c.bias.values[first:][:filters]
	for f, v := range one {
		if width > 1 {
			v += two[f]
		}
		if width > 2 {
			v += three[f]
		}
		v += bias[f]
		if v > hidden[f] {
			hidden[f], at[f] = v, i
		}
		if width == 1 && v > 0 {
			d.hidden[3*filters+f] += v
		}
	}
}

// guess gives the probabilities of what pooling left.
func (c *convolution) guess(hidden *[sentiment.Hidden]float32, dense *[sentiment.DenseSize]float32) [sentiment.Classes]float32 {
	var z [sentiment.Classes]float32
	add := func(v float32, at int) {
		if v != 0 {
			for k := range z {
				z[k] += float32(v * c.output.values[at*sentiment.Classes+k])
			}
		}
	}
	for i, v := range hidden {
		add(v, i)
	}
	for i, v := range dense {
		add(v, sentiment.Hidden+i)
	}
	return softmax(z)
}

// learn adds the gradients of one text (of the cross-entropy), which counts
// share of its weight.
func (c *convolution) learn(t *words, share float32) {
	d := &c.desk
	d.rows = append(d.rows[:0], t.rows...)
	for i, row := range d.rows {
		if row > sentiment.Unknown && c.random.Float64() < c.wordDropout {
			d.rows[i] = sentiment.Unknown
		}
	}
	c.forward(d.rows)
	scale := float32(1 / (1 - c.dropout))
	for i, v := range d.hidden {
		d.kept[i] = 0
		if v != 0 && c.random.Float64() >= c.dropout {
			d.kept[i] = v * scale
		}
	}
	slope := c.guess(&d.kept, &t.dense)
	for k := range slope {
		slope[k] = (slope[k] - t.likely[k]) * t.weight * share
	}
	for i, v := range t.dense {
		c.outputGradient(slope, v, sentiment.Hidden+i)
	}
	for len(d.slope) < len(d.answers) {
		d.slope = append(d.slope, 0)
	}
	clear(d.slope[:len(d.rows)*sentiment.Columns])
	for i, v := range d.kept {
		if v == 0 {
			continue
		}
		g := float32(0)
		for k, s := range slope {
			g += float32(s * c.output.values[i*sentiment.Classes+k])
		}
		c.outputGradient(slope, v, i)
		c.unpool(i, g*scale)
	}
	c.spread()
}

func (c *convolution) outputGradient(slope [sentiment.Classes]float32, v float32, at int) {
	if v != 0 {
		for k, s := range slope {
			c.output.gradients[at*sentiment.Classes+k] += float32(s * v)
		}
	}
}

// unpool gives the slope g of hidden number i to the words it comes from.
func (c *convolution) unpool(i int, g float32) {
	const columns, filters = sentiment.Columns, sentiment.Filters
	d, f := &c.desk, i%filters
	if width := i/filters + 1; width <= 3 {
		c.bias.gradients[i] += g
		for k := range width {
			d.slope[(d.at[i]+k)*columns+(firstSlot(width)+k)*filters+f] += g
		}
		return
	}
	g /= float32(len(d.rows))
	for at := range d.rows {
		if d.answers[at*columns+f]+c.bias.values[f] > 0 {
			d.slope[at*columns+f] += g
			c.bias.gradients[f] += g
		}
	}
}

// spread gives the slopes of the answers to the filters and vectors.
func (c *convolution) spread() {
	const columns, size = sentiment.Columns, sentiment.VectorSize
	d := &c.desk
	for at, row := range d.rows {
		if row == sentiment.Pad {
			continue
		}
		if !d.marked[row] {
			d.marked[row] = true
			d.touched = append(d.touched, row)
		}
		vector, gradient := c.vector(row), c.vectors.gradients[int(row)*size:][:size]
		for column, g := range d.slope[at*columns:][:columns] {
			if g != 0 {
				axpy(g, vector, c.filters.gradients[column*size:][:size])
				axpy(g, c.filter(column), gradient)
			}
		}
	}
}
