module parley

go 1.26.0

require (
	github.com/xdg-go/stringprep v1.0.4
	golang.org/x/text v0.3.8
)

require (
	github.com/fatih/color v1.19.0 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
