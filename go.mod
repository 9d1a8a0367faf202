module parley

go 1.26.0

require (
	github.com/xdg-go/stringprep v1.0.4
	golang.org/x/text v0.3.8
)

require golang.org/x/sys v0.49.0 // indirect
