package aspect

import "testing"

func TestRulesCompile(t *testing.T) {
	if _, err := New(); err != nil {
		t.Fatal(err)
	}
}
