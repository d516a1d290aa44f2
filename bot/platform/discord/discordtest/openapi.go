package discordtest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// schema is Discord's own description of its API.
type schema struct {
	doc *openapi3.T
}

// loadOnce reads the description once: it is 4 MB.
var loadOnce = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromFile(filepath.Join(os.Getenv("EARSHOT_SHARED"), "specs", "discord_openapi.json"))
})

// openAPI loads the description from the folder that EARSHOT_SHARED names; nil
// without it. In CI it must be there.
func openAPI(t testing.TB) *schema {
	if os.Getenv("EARSHOT_SHARED") == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED names no folder: requests cannot be checked against Discord's description of its API")
		}
		return nil
	}
	doc, err := loadOnce()
	if err != nil {
		t.Fatalf("load Discord's description of its API: %v", err)
	}
	return &schema{doc: doc}
}

// check gives what is wrong with a request's body; "" when nothing is.
func (s *schema) check(r *http.Request, path string, body map[string]any) string {
	if s == nil {
		return ""
	}
	op := s.operation(r.Method, path)
	if op == nil {
		return "there is no such call"
	}
	if op.RequestBody == nil || op.RequestBody.Value == nil {
		return "this call takes no body"
	}
	content := op.RequestBody.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil {
		return "this call takes no JSON"
	}
	var v any = body
	if l, ok := body[""]; ok {
		v = l
	}
	if err := content.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		return "against the description: " + firstLines(err.Error()) + "\nin " + string(encode(v))
	}
	return ""
}

func firstLines(s string) string {
	if len(s) > 1500 {
		s = s[:1500] + " …"
	}
	return s
}

// operation finds a call by its path; a fixed part goes before a parameter.
func (s *schema) operation(method, path string) *openapi3.Operation {
	var best *openapi3.Operation
	fixed := -1
	for template, item := range s.doc.Paths.Map() {
		if n, ok := match(template, path); ok && n > fixed && item.GetOperation(method) != nil {
			best, fixed = item.GetOperation(method), n
		}
	}
	return best
}

func match(template, path string) (fixed int, ok bool) {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return 0, false
	}
	for i := range a {
		if strings.HasPrefix(a[i], "{") {
			continue
		}
		if a[i] != b[i] {
			return 0, false
		}
		fixed++
	}
	return fixed, true
}
