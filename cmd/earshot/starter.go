package main

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"earshot/bot/source/community"
)

// starterTopics are what mentions are about when nobody has said so yet:
// `earshot init` writes them, and commands without a configuration use them.
func starterTopics() []topicConfig {
	return []topicConfig{
		{Name: "Delivery", Words: []string{"deliver*", "ship*", "parcel*", "package", "courier*", "tracking", "arrived", "late", "delay*"}},
		{Name: "Support", Words: []string{"support", "customer service", "hotline", "on hold", "no answer", "nobody answers", "agent", "rude", "help desk"}},
		{Name: "Price", Words: []string{"price*", "expensive", "cost*", "refund*", "charged", "fee", "fees", "money"}},
		{Name: "Quality", Words: []string{"broke*", "break*", "defect*", "quality", "leak*", "crack*", "faulty", "dead"}},
		{Name: "App and website", Words: []string{"app", "website", "login", "log in", "password", "crash*", "update", "checkout"}},
		{Name: "Booking and orders", Words: []string{"order*", "booking*", "reservation*", "cancel*", "rebook*"}},
	}
}

// plainConfig is a configuration for a store in a folder: no platforms, no
// sources, the starter topics.
func plainConfig(dir string) *config {
	c := &config{Topics: starterTopics()}
	c.Database.Path = dataFile(dir)
	c.fillDefaults()
	return c
}

// storeConfig is what a command on a store works with: the configuration that
// is named, else the one in this folder, else the store in --data or in ./data.
func storeConfig(e *env, file, data string) (*config, error) {
	if file != "" && data != "" {
		return nil, usageError{errors.New("give --config or --data, not both")}
	}
	if data != "" {
		return plainConfig(data), nil
	}
	if file == "" {
		if _, err := os.Stat("earshot.yaml"); errors.Is(err, fs.ErrNotExist) {
			return plainConfig("data"), nil
		}
		file = "earshot.yaml"
	}
	return readConfig(file, e.getenv, drivers(community.NewHub(time.Now)))
}
