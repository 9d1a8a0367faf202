module parley

go 1.26

require (
	github.com/xdg-go/stringprep v1.0.4
	golang.org/x/text v0.3.8
)
