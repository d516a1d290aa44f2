package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"earshot/bot"
	"earshot/bot/text"
)

// problem is one thing wrong with a configuration.
type problem struct {
	line int
	path string
	msg  string
}

// problems is an error that lists every problem at once, in order of lines.
type problems struct {
	file string
	list []problem
}

func (p *problems) Error() string {
	sort.SliceStable(p.list, func(i, j int) bool { return p.list[i].line < p.list[j].line })
	lines := make([]string, len(p.list))
	for i, q := range p.list {
		where := p.file
		if q.line > 0 {
			where += ":" + strconv.Itoa(q.line)
		}
		if q.path != "" {
			where += ": " + q.path
		}
		lines[i] = where + ": " + q.msg
	}
	return strings.Join(lines, "\n")
}

// decoder fills Go values from a YAML tree, strictly: a key that no field has
// is a problem that names the nearest key, and every problem is found in one
// pass. Fields are named by their yaml tag.
type decoder struct {
	getenv   func(string) string
	problems *problems
	anchors  map[string]ast.Node
	lines    map[string]int // where each path stands, for what is found later
	written  []string       // paths of secrets that stand in the file itself
}

// parseYAML reads one document. The error names the line.
func parseYAML(file string, data []byte) (ast.Node, error) {
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.TrimSpace(firstLines(err.Error(), 6)))
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s: the file is empty; `earshot init` writes one", file)
	}
	return f.Docs[0].Body, nil
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

func (d *decoder) wrong(n ast.Node, path, format string, args ...any) {
	line := 0
	if n != nil && n.GetToken() != nil {
		line = n.GetToken().Position.Line
	}
	d.problems.list = append(d.problems.list, problem{line: line, path: path, msg: fmt.Sprintf(format, args...)})
}

// plain follows anchors, aliases and tags to the node that counts.
func (d *decoder) plain(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.plain(n.Value)
	case *ast.AliasNode:
		if v, ok := d.anchors[n.Value.GetToken().Value]; ok {
			return v
		}
	case *ast.TagNode:
		return d.plain(n.Value)
	}
	return n
}

// entries lists the keys and values of a mapping; false for any other node.
func entries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// rest is a field type that takes the keys its struct does not have, to be
// decoded later into a struct of another's.
type rest struct {
	node    *ast.MappingNode
	decoder *decoder
	path    string
}

// decode fills into, a pointer to a settings struct, and adds what is wrong
// with it to the configuration's problems.
func (r rest) decode(into any) error {
	before := len(r.decoder.problems.list)
	r.decoder.value(r.node, reflect.ValueOf(into).Elem(), r.path)
	if len(r.decoder.problems.list) > before {
		return errSeen
	}
	return nil
}

// print is the settings in a comparable form, for telling whether they changed.
func (r rest) print() string {
	if r.node == nil {
		return ""
	}
	return r.node.String()
}

// errSeen says that what went wrong is in the list of problems already.
var errSeen = bot.Errorf(bot.ErrInvalid, "The settings are wrong.")

// value fills v from n.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	n = d.plain(n)
	if n != nil && n.GetToken() != nil {
		d.lines[path] = n.GetToken().Position.Line
	}
	if _, null := n.(*ast.NullNode); null || n == nil {
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.duration(n, v, path)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case v.Kind() == reflect.Slice:
		d.slice(n, v, path)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	pairs, ok := entries(n)
	if !ok {
		d.wrong(n, path, "expected keys and values here, found %s", shown(n))
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	var left []*ast.MappingValueNode
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		if seen[key] {
			d.wrong(pair.Key, join(path, key), "the key stands here twice; keep one")
			continue
		}
		seen[key] = true
		if i, ok := fields[key]; ok {
			d.value(pair.Value, v.FieldByIndex(i), join(path, key))
			continue
		}
		left = append(left, pair)
	}
	if f := v.FieldByName("Rest"); f.IsValid() && f.Type() == reflect.TypeFor[rest]() {
		node := ast.Mapping(n.GetToken(), false, left...)
		f.Set(reflect.ValueOf(rest{node: node, decoder: d, path: path}))
		return
	}
	for _, pair := range left {
		d.unknown(pair, fields, path)
	}
}

func (d *decoder) unknown(pair *ast.MappingValueNode, fields map[string][]int, path string) {
	key := pair.Key.GetToken().Value
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	if near := text.Nearest(key, names); near != "" {
		d.wrong(pair.Key, join(path, key), "there is no such key; did you mean %q?", near)
		return
	}
	d.wrong(pair.Key, join(path, key), "there is no such key; known here: %s", strings.Join(names, ", "))
}

// fieldsOf maps the yaml names of a struct's fields to their index.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name != "" && name != "-" && f.IsExported() {
			fields[name] = f.Index
		}
	}
	return fields
}

func (d *decoder) slice(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if v.Type().Elem().Kind() == reflect.String { // one word stands for a list of one
			one := reflect.New(v.Type().Elem()).Elem()
			d.value(n, one, path)
			v.Set(reflect.Append(v, one))
			return
		}
		d.wrong(n, path, "expected a list here (lines that begin with \"- \"), found %s", shown(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		d.value(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	pairs, ok := entries(n)
	if !ok {
		d.wrong(n, path, "expected keys and values here, found %s", shown(n))
		return
	}
	m := reflect.MakeMap(v.Type())
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(pair.Value, item, join(path, key))
		m.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
	v.Set(m)
}

func (d *decoder) duration(n ast.Node, v reflect.Value, path string) {
	s := strings.TrimSpace(d.text(n, path))
	dur, err := parseDuration(s)
	if err != nil {
		d.wrong(n, path, "%q is not a length of time; write it as 20s, 15m, 2h or 7d", s)
		return
	}
	v.SetInt(int64(dur))
}

// parseDuration is time.ParseDuration that also knows days and weeks.
func parseDuration(s string) (time.Duration, error) {
	for unit, hours := range map[string]int{"d": 24, "w": 7 * 24} {
		if n, err := strconv.Atoi(strings.TrimSuffix(s, unit)); err == nil && strings.HasSuffix(s, unit) && n >= 0 && n < 10000 {
			return time.Duration(n*hours) * time.Hour, nil
		}
	}
	dur, err := time.ParseDuration(s)
	if err == nil && dur < 0 {
		return 0, fmt.Errorf("negative duration %q", s)
	}
	return dur, err
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	s := d.text(n, path)
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[bot.Secret]() && s != "" && !envVariable.MatchString(n.String()) {
			d.written = append(d.written, path)
		}
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			d.wrong(n, path, "expected true or false, found %q", s)
			return
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 64)
		if err != nil {
			d.wrong(n, path, "expected a whole number, found %q", s)
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			d.wrong(n, path, "expected a number, found %q", s)
			return
		}
		v.SetFloat(f)
	default:
		d.wrong(n, path, "cannot be set from a file")
	}
}

// text is a scalar's text with its environment variables filled in.
func (d *decoder) text(n ast.Node, path string) string {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case ast.ScalarNode:
		s = n.GetToken().Value
	default:
		d.wrong(n, path, "expected one value here, found several")
		return ""
	}
	return envVariable.ReplaceAllStringFunc(s, func(ref string) string {
		m := envVariable.FindStringSubmatch(ref)
		val, err := lookup(d.getenv, m[1])
		switch {
		case err != nil:
			d.wrong(n, path, "%s", err)
		case val == "" && m[2] != "":
			return m[3]
		case val == "":
			d.wrong(n, path, "the environment variable %s is not set; set it, or name a file that holds it in %s_FILE", m[1], m[1])
		}
		return val
	})
}

// envVariable is ${NAME} or ${NAME:-otherwise}.
var envVariable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// lookup reads an environment variable, or the file that NAME_FILE names.
func lookup(getenv func(string) string, name string) (string, error) {
	if v := getenv(name); v != "" {
		return v, nil
	}
	file := getenv(name + "_FILE")
	if file == "" {
		return "", nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("the file that %s_FILE names cannot be read: %w", name, err)
	}
	return strings.TrimSpace(string(data)), nil
}

// shown is a node for a message: its kind alone, for its value may be a secret.
func shown(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	}
	return "one value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// lineOf is the line of a path, or of the nearest path above it.
func (d *decoder) lineOf(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return 0
		}
		path = path[:cut]
	}
	return 0
}
