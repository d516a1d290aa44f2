package platformtest

import (
	"reflect"
	"time"
)

// fillDepth bounds how deep Fill goes into types that hold themselves.
const fillDepth = 6

// Fill puts text into every field of what v points to that is a plain string,
// wherever it is, and three of each list; with named also into strings of a
// type of their own, such as states. Numbers, times and truths are set where
// they are zero, so that nothing is left out for being empty.
func Fill(v any, text string, named bool) { fill(reflect.ValueOf(v).Elem(), text, named, fillDepth) }

func fill(v reflect.Value, text string, named bool, depth int) {
	if depth == 0 || !v.CanSet() {
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		if v.IsZero() {
			v.Set(reflect.ValueOf(Noon()))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if named || v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text, named, depth)
		}
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), text, named, depth-1)
	case reflect.Slice:
		fillSlice(v, text, named, depth)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, text, named, depth-1)
		fill(value, text, named, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		if v.IsZero() {
			v.SetInt(3)
		}
	case reflect.Float64:
		if v.IsZero() {
			v.SetFloat(0.5)
		}
	}
}

func fillSlice(v reflect.Value, text string, named bool, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return
	}
	if v.Len() == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
	}
	for i := range v.Len() {
		fill(v.Index(i), text, named, depth-1)
	}
}
