package main

import (
	"reflect"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
)

// schema is a JSON Schema (draft 2020-12), or a part of one.
type schema map[string]any

// printSchema writes the JSON Schema of the configuration, made from the types
// that decode it.
func (e *env) printSchema() error {
	s := schemaOf(reflect.TypeFor[config]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Earshot's configuration"
	var kinds []any
	for _, d := range drivers(community.NewHub(time.Now)) {
		kinds = append(kinds, sourceSchema(d))
	}
	s["properties"].(schema)["sources"] = schema{"type": "array", "description": "The places that are listened to.", "items": schema{"oneOf": kinds}}
	return e.printJSON(s)
}

// sourceSchema is what a source of one kind may say.
func sourceSchema(d bot.Driver) schema {
	s := schemaOf(reflect.TypeFor[sourceConfig]())
	all := s["properties"].(schema)
	for name, p := range schemaOf(reflect.TypeOf(d.Settings()).Elem())["properties"].(schema) {
		all[name] = p
	}
	all["kind"] = schema{"const": d.Kind, "description": d.Reads}
	s["required"] = []string{"name", "kind"}
	return s
}

// schemaOf is the schema of a Go type, by its yaml names.
func schemaOf(t reflect.Type) schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	case t == reflect.TypeFor[time.Duration]():
		return schema{"type": "string", "pattern": `^([0-9.]+(ns|us|ms|s|m|h|d|w))+$`, "examples": []string{"20s", "15m", "2h", "7d"}}
	case t.Kind() == reflect.Struct:
		return structSchema(t)
	case t.Kind() == reflect.Slice:
		items := schemaOf(t.Elem())
		if t.Elem().Kind() == reflect.String {
			return schema{"oneOf": []any{schema{"type": "array", "items": items}, items}}
		}
		return schema{"type": "array", "items": items}
	case t.Kind() == reflect.Map:
		return schema{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case t.Kind() == reflect.Bool:
		return schema{"type": "boolean"}
	case t.Kind() == reflect.Float64:
		return schema{"type": "number"}
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return schema{"type": "integer"}
	}
	return schema{"type": "string"}
}

func structSchema(t reflect.Type) schema {
	all := schema{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		p := schemaOf(f.Type)
		if doc := f.Tag.Get("doc") + f.Tag.Get("jsonschema"); doc != "" {
			p["description"] = doc
		}
		all[name] = p
	}
	return schema{"type": "object", "properties": all, "additionalProperties": false}
}
