//go:build goexperiment.simd && amd64

package main

import "simd/archsimd"

// axpy adds a times x to y. Every sum is rounded as in the plain one.
func axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	v := archsimd.BroadcastFloat32x8(a)
	i := 0
	for ; i+8 <= len(x); i += 8 {
		archsimd.LoadFloat32x8Slice(x[i:]).Mul(v).Add(archsimd.LoadFloat32x8Slice(y[i:])).StoreSlice(y[i:])
	}
	for ; i < len(x); i++ {
		y[i] += a * x[i]
	}
}

// project adds to y (n long) the product of x and the rows of w (each n long).
func project(x, w, y []float32) {
	n := len(y)
	for at := 0; at < n; at += 48 {
		if at+48 > n {
			for d, v := range x {
				axpy(v, w[d*n+at:d*n+n], y[at:])
			}
			return
		}
		a0, a1, a2 := archsimd.LoadFloat32x8Slice(y[at:]), archsimd.LoadFloat32x8Slice(y[at+8:]), archsimd.LoadFloat32x8Slice(y[at+16:])
		a3, a4, a5 := archsimd.LoadFloat32x8Slice(y[at+24:]), archsimd.LoadFloat32x8Slice(y[at+32:]), archsimd.LoadFloat32x8Slice(y[at+40:])
		for d, f := range x {
			v := archsimd.BroadcastFloat32x8(f)
			r := w[d*n+at:][:48]
			a0 = a0.Add(v.Mul(archsimd.LoadFloat32x8Slice(r)))
			a1 = a1.Add(v.Mul(archsimd.LoadFloat32x8Slice(r[8:])))
			a2 = a2.Add(v.Mul(archsimd.LoadFloat32x8Slice(r[16:])))
			a3 = a3.Add(v.Mul(archsimd.LoadFloat32x8Slice(r[24:])))
			a4 = a4.Add(v.Mul(archsimd.LoadFloat32x8Slice(r[32:])))
			a5 = a5.Add(v.Mul(archsimd.LoadFloat32x8Slice(r[40:])))
		}
		a0.StoreSlice(y[at:])
		a1.StoreSlice(y[at+8:])
		a2.StoreSlice(y[at+16:])
		a3.StoreSlice(y[at+24:])
		a4.StoreSlice(y[at+32:])
		a5.StoreSlice(y[at+40:])
	}
}

// descend moves w against the gradients g, squares being the sums of their
// squares (Duchi, Hazan and Singer, 2011), and clears g.
func descend(w, squares, g []float32, rate float32) {
	squares, g = squares[:len(w)], g[:len(w)]
	r := archsimd.BroadcastFloat32x8(rate)
	var zero archsimd.Float32x8
	i := 0
	for ; i+8 <= len(w); i += 8 {
		v := archsimd.LoadFloat32x8Slice(g[i:])
		s := v.Mul(v).Add(archsimd.LoadFloat32x8Slice(squares[i:]))
		s.StoreSlice(squares[i:])
		archsimd.LoadFloat32x8Slice(w[i:]).Sub(r.Mul(v).Div(s.Sqrt())).StoreSlice(w[i:])
		zero.StoreSlice(g[i:])
	}
	for ; i < len(w); i++ {
		nudge(&w[i], &squares[i], &g[i], rate)
	}
}
