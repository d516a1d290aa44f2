//go:build !(goexperiment.simd && amd64)

package main

// axpy adds a times x to y.
func axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

// project adds to y (n long) the product of x and the rows of w (each n long).
func project(x, w, y []float32) {
	for d, v := range x {
		axpy(v, w[d*len(y):(d+1)*len(y)], y)
	}
}

// descend moves w against the gradients g, squares being the sums of their
// squares (Duchi, Hazan and Singer, 2011), and clears g.
func descend(w, squares, g []float32, rate float32) {
	for i := range w {
		nudge(&w[i], &squares[i], &g[i], rate)
	}
}
