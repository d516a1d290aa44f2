package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot/source/community"
)

// TestSecurityMD keeps SECURITY.md true: every threat names the tests that
// prove what is said, and each of them exists.
func TestSecurityMD(t *testing.T) {
	body, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	eachFile(t, filepath.Join("..", ".."), func(path string, f *ast.File) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasSuffix(path, "_test.go") {
				have[fn.Name.Name] = true
			}
		}
	})
	test := regexp.MustCompile("`((?:Test|Fuzz|test)[A-Z][A-Za-z0-9]*)`")
	rows := 0
	for line := range strings.Lines(string(body)) {
		names := test.FindAllStringSubmatch(line, -1)
		for _, n := range names {
			if !have[n[1]] {
				t.Errorf("SECURITY.md names %s, which does not exist", n[1])
			}
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) != 3 || strings.Contains(line, "---") || strings.Contains(line, "| Threat") {
			continue
		}
		rows++
		if len(names) == 0 {
			t.Errorf("a threat without a test: %s", line)
		}
	}
	if rows < 30 {
		t.Errorf("only %d threats were found", rows)
	}
}

// TestOutboundClients: whatever opens a connection by itself is known here,
// with the reason why it may; all else goes through the guard of httpx.
func TestOutboundClients(t *testing.T) {
	known := map[string]string{
		"bot/source/httpx/client.go":      "the guarded client itself",
		"bot/source/httpx/guard.go":       "its dialers: one asks the guard, the other is for hosts that the operator lists",
		"bot/platform/slack/pace.go":      "Slack's API, at the operator's address, beneath the one method that slack-go calls by itself",
		"bot/platform/discord/dgo.go":     "Discord's API, at the operator's address",
		"bot/platform/discord/gateway.go": "the gateway that Discord's API names",
		"bot/platform/discord/tunnel.go":  "a proxy that the operator's environment names",
		"cmd/earshot/platforms.go":        "the platforms' APIs, at the operator's addresses",
		"cmd/earshot/check.go":            "our own address of health",
		"store/postgres.go":               "the operator's database",
	}
	opens := regexp.MustCompile(`http\.Client\{|http\.Default(Client|Transport)|http\.Transport\{|http\.(Get|Post|PostForm|Head)\(|net\.Dial|websocket\.(Dialer\{|DefaultDialer)|net/smtp|\.DialContext\(`)
	found := map[string]bool{}
	walkGo(t, filepath.Join("..", ".."), func(rel string) {
		if strings.HasSuffix(rel, "_test.go") || strings.Contains(rel, "discordtest") || strings.Contains(rel, "/train/") {
			return
		}
		body, err := os.ReadFile(filepath.Join("..", "..", rel))
		if err != nil {
			t.Fatal(err)
		}
		if !opens.Match(body) {
			return
		}
		found[rel] = true
		if known[rel] == "" {
			t.Errorf("%s opens connections by itself (%s): use httpx, or say here why it may", rel, opens.Find(body))
		}
	})
	for rel := range known {
		if !found[rel] && rel != "store/postgres.go" {
			t.Errorf("%s opens none any more: take it off the list", rel)
		}
	}
}

// TestDockerfile: the image holds a binary and no shell, and runs as nobody in
// a root that can be read-only.
func TestDockerfile(t *testing.T) {
	body, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, found := strings.Cut(string(body), "\nFROM scratch\n")
	if !found {
		t.Fatal("the image is not made from scratch: it has a shell, or more")
	}
	for _, want := range []string{"USER 65532:65532\n", "ENTRYPOINT [\"/earshot\"]\n", "VOLUME /data\n"} {
		if !strings.Contains(last, want) {
			t.Errorf("the image does not say %q", want)
		}
	}
	for line := range strings.Lines(last) {
		switch word, _, _ := strings.Cut(line, " "); word {
		case "RUN", "ADD", "SHELL":
			t.Errorf("the image is more than files: %s", line)
		case "CMD", "HEALTHCHECK", "ENTRYPOINT":
			if !strings.Contains(line, `["`) {
				t.Errorf("needs a shell: %s", line)
			}
		}
	}
	if !strings.Contains(string(body), "--read-only") || regexp.MustCompile(`(?i)(ENV|ARG)[^\n]*(TOKEN|SECRET|PASSWORD)`).Match(body) {
		t.Error("it is not shown with a read-only root, or holds a secret")
	}
}

// TestExamplesAreHardened: who copies an example gets a bot without rights.
func TestExamplesAreHardened(t *testing.T) {
	for file, want := range map[string][]string{
		"kubernetes.yaml": {"runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]", "RuntimeDefault"},
		"compose.yaml":    {"read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"},
	} {
		body, err := os.ReadFile(filepath.Join("examples", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(body), w) {
				t.Errorf("%s does not say %s", file, w)
			}
		}
	}
}

// TestLogLinesAreLines: what customers write cannot make a line of the log, or
// an escape of the terminal that shows it, in either format.
func TestLogLinesAreLines(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		log := (&env{stderr: &out}).logger("debug", asJSON)
		for _, bad := range slices.Concat(hostile()[:16], []string{"a\ntime=2026-01-01T00:00:00Z level=ERROR msg=forged", "b\r\n{\"level\":\"ERROR\"}", "\x1b]0;title\x07\x1b[2J", "c\u0085d\u009b31m", "x=\"y\" z"}) {
			out.Reset()
			log.Info("said", "text", bad, "error", fmt.Errorf("wrapped: %s", bad), bad[:min(len(bad), 20)], "as a key", slog.Group("g", "h", bad))
			line := strings.TrimSuffix(out.String(), "\n")
			if strings.ContainsFunc(line, func(r rune) bool {
				return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0x202e
			}) {
				t.Errorf("json %v: %.40q is logged as %.200q", asJSON, bad, line)
			}
		}
	}
}

// TestConfigurationIsBounded: a file that refers to itself, or multiplies
// itself, and patterns that grow, end at once with an error or a value.
func TestConfigurationIsBounded(t *testing.T) {
	kinds := drivers(community.NewHub(time.Now))
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'l'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	pattern := func(p string) string {
		return "watches: [{name: W, terms: [w]}]\ntopics: [{name: T, patterns: ['" + p + "']}]\n"
	}
	for name, text := range map[string]string{
		"bomb": bomb + "notices: *k\n", "itself": "notices: &n [*n]\n", "itself deeper": "people: &p {default: viewer, roles: {admin: [*p]}}\n",
		"deep":  "notices: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
		"grows": pattern("((a{100}){100}){100}"), "long": pattern(strings.Repeat("a", 2000)), "broken": pattern("(("),
		"back": pattern("(a+)+\\1"),
	} {
		if _, err := parseConfig("f.yaml", []byte(text), anySecret, kinds); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
