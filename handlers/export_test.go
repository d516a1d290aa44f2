package handlers

import (
	"maps"
	"slices"
)

// PressNames and SubmitNames list every action that a button, a menu choice or
// a form can carry: the registry itself, so that no test can forget one.
func PressNames() []string { return slices.Sorted(maps.Keys(presses())) }

// SubmitNames lists what forms do.
func SubmitNames() []string { return slices.Sorted(maps.Keys(submits())) }
