// Builds kustomizations as kustomize does: reads folders on standard input, one a line, and writes for each a line of JSON
// with what it builds, or why it does not.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

type built struct {
	Folder string `json:"folder"`
	Text   string `json:"text,omitempty"`
	Err    string `json:"err,omitempty"`
}

func build(folder string) (it built) {
	it.Folder = folder
	// Some text that is none of its own makes it panic.
	defer func() {
		if why := recover(); why != nil {
			it = built{Folder: folder, Err: fmt.Sprint(why)}
		}
	}()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err == nil {
		var text []byte
		text, err = resources.AsYaml()
		it.Text = string(text)
	}
	if err != nil {
		it.Err = err.Error()
	}
	return it
}

func main() {
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(build(lines.Text())); err != nil {
			os.Exit(1)
		}
	}
}
