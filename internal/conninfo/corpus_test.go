package conninfo

import "strings"

// keyValueStrings are connection strings of the keyword/value form, right and
// wrong. Each was written for one corner of the grammar.
var keyValueStrings = []string{
	"", " ", "\t\n\v\f\r", "host=a", " host=a ", "host =a", "host= a", "host = a", "host\t=\na", "host=a\tport=1",
	"host=a\nport=1\r\nuser=b", "host=a\vport=1", "host=a\fport=1", "host=", "host= ", "host=''", "host='' port=''",
	"host= port=1", "host=\tport=1", "host= port =1", "host", "host ", "host port=1", "=", "=a", " = a", "==", "host==a",
	"host=a=b", "host=a==b", "host='a=b'", "host==", "host='a'", "host='a'port=1", "host='a' port=1", "host='a'b", "host='a'b=c",
	"host='a", "host='", "host='''", "host='a''b'", `host='a\'b'`, `host='a\\b'`, `host='a\b'`, `host='a\`, `host='a\'`, `host='\`, `host='\'`,
	`host='\\'`, `host=a\`, `host=\`, `host=\ `, `host=\ b`, `host=a\ b`, `host=a\ b port=1`, `host=a\'b`, `host=\'a\'`, `host=a\\b`, `host=\\`,
	`host=\\\`, `host=a'b`, `host=a'b'`, `host=a' port=1`, `host="a b"`, `host="a"`, "host=a host=b", "host=a host=", "host=a host=''", "host='' host=a",
	"HOST=a", "Host=a", "host.=a", "hots=a", "xyz=1", "xyz=''", "search_path=a", "database=a", "username=a", "ssl=true", "ssl=1",
	"sslmode=require", "sslmode=bogus", "sslmode=", "sslmode=''", "sslmode=Require", "sslmode='require '", "requiressl=1", "requiressl=0", "requiressl=",
	"requiressl=''", "requiressl=10", "requiressl=true", "requiressl=' 1'", "sslmode=allow requiressl=1", "requiressl=1 sslmode=allow",
	"user=u password=p", "user=u password=", "user=u password=''", "password='it''s'", `password='it\'s'`, `password=it\'s`, "password=a b", "password='a b'",
	"password=a b=c", "password=x xyz=secret", "password=\xff\xfe", "password='\xc3\xa9'", "password=é host=ü", "host=a;port=1", "host=a,port=1", "host=a&port=1",
	"host=/tmp", "host=@abc", "host=a,b,c", "host=,", "host=a,,b", "host='a, b'", "host=[::1]", "host=::1", "hostaddr=127.0.0.1", "hostaddr=::1", "hostaddr=bogus",
	"port=5432", "port=abc", "port=0", "port=-1", "port=99999", "port=1,2,3", "port=,", "port=' 1 '", "port=0x10", "connect_timeout=10", "connect_timeout=-1", "connect_timeout=x",
	"options='-c a=b'", `options='-c a=b\ c'`, "options=-ca=b", "application_name='my app' fallback_application_name=other",
	"keepalives=1 keepalives_idle=2 keepalives_interval=3 keepalives_count=4 tcp_user_timeout=5", "replication=database", "replication=true",
	"client_encoding=auto", "client_encoding=UTF8", "passfile=/x/y", "service=abc", "service=", "servicefile=/x", "oauth_ca_file=/x", "krbsrvname=x gsslib=gssapi",
	"gssencmode=prefer gssdelegation=1", "channel_binding=require", "require_auth=!password,!md5", "require_auth=password,!md5", "target_session_attrs=read-write",
	"load_balance_hosts=random", "min_protocol_version=3.0 max_protocol_version=latest", "min_protocol_version=3.1", "sslnegotiation=direct", "sslsni=0",
	"sslcert=c sslkey=k sslpassword=s sslrootcert=system sslcrl=r sslcrldir=d sslcertmode=allow", "sslcompression=1", "ssl_min_protocol_version=TLSv1.3",
	"ssl_max_protocol_version=bogus", "requirepeer=postgres", "scram_client_key=AAAA scram_server_key=BBBB", "oauth_issuer=https://x oauth_client_id=i oauth_client_secret=s oauth_scope='a b'",
	"sslkeylogfile=/k", "authtype=x", "tty=x", "parley.=1", "parley.lanes=4", "host=a parley.lanes=4", "parley=1", "parley.a.b='c d'", "parley..=1", "parley.é=1",
	"host=a\x01port=1", "host\x01=a", "host=\x01", "\xc2\xa0host=a", "host=a\xc2\xa0port=1", "host\xc2\xa0=a", "\xa0host=a", "\x85host=a", "host=a\u2003port=1", "\ufeffhost=a",
	"#host=a", "host=a # comment", "host=a #comment=1", "host=a, port=1", "{host=a}", "jdbc:postgresql://h/db", "jdbc:postgresql://h/db?user=a", "mysql://h/db", "pgsql://h", "POSTGRES://h", "Postgresql://h/db", "postgres:/h", "postgres:h", "postgres//h", " postgres://h", "postgres ://h", "postgresq://h?a=b",
	"dbname=postgres://h/db", "dbname='host=a port=1'", "dbname=a=b", "dbname='postgres://h/db?sslmode=require'", strings.Repeat("host=a ", 200), "host=" + strings.Repeat("x", 5000), strings.Repeat("k", 3000) + "=v",
	"user", "a b", "a b=c", "a b = c", "host=a b", "host=a =b", "host=a = b", "host=a\\\tport=1", "host='a\tb'", "host='a\nb' port=1", "user='a' 'b'", "user='a' b='c'", "user=a'b c'd", `user=a\\ port=1`, `user='a\\' port=1`, `user='a\\'port=1`,
	`us\er=a`, `'user'=a`, `"user"=a`, "user:a", "user=>a", "user=a\\\nb", "user='\\\n'", "host=%41", "host=a%20b", "user=a@b", "password=p@ss/w?rd#", "password=p'w", "password='p\\'w' host=x", "password = 'x'", "password= 'x' 'y'", "password=\\x41",
}

// uriStrings are connection strings of the URI form.
var uriStrings = []string{
	"postgres://", "postgresql://", "postgres:///", "postgresql:///", "postgres://?", "postgres:///?", "postgres:////", "postgres:///?&", "postgres://h", "postgres://h/", "postgres://h/d", "postgres://h?", "postgres://h/?", "postgres://h/d?",
	"postgresql://u:p@h:5432/d?sslmode=require", "postgres://u@h", "postgres://u:@h", "postgres://:p@h", "postgres://:@h", "postgres://@h", "postgres://@", "postgres://@/", "postgres://u@", "postgres://u:p@", "postgres://u:p@/d", "postgres://u:p@:5432/d", "postgres://u:p@?host=h",
	"postgres://u:p:q@h", "postgres://u:p@q@h", "postgres://u:p@q@h/d", "postgres://u@v:w@h", "postgres://u:p/q@h/d", "postgres://u/p@h/d", "postgres://u?v@h/d", "postgres://u:p?q@h/d", "postgres://u:p#q@h", "postgres://u:p%2Fq@h/d", "postgres://u:p%40q@h", "postgres://u%3Av:p@h", "postgres://%75:%70@%68/%64",
	"postgres://u%:p@h", "postgres://u%2:p@h", "postgres://u%zz:p@h", "postgres://u%00:p@h", "postgres://u:%00@h", "postgres://u:p%@h", "postgres://u:p%2@h", "postgres://h%00", "postgres://h/%00", "postgres://h/d%", "postgres://h/d%4", "postgres://h/d%4g", "postgres://h/%g4", "postgres://h/%41%42", "postgres://h/%C3%A9", "postgres://h/é", "postgres://h/%ff", "postgres://h/\xff", "postgres://h/%2541", "postgres://h/%+1", "postgres://h/%-1", "postgres://h/% 1",
	"postgres://h:1", "postgres://h:", "postgres://h:/", "postgres://h:/d", "postgres://h:?", "postgres://h:abc/d", "postgres://h:99999", "postgres://h:-1/d", "postgres://h: 1/d", "postgres://h:1 /d", "postgres://h:%31/d", "postgres://h:1:2/d", "postgres://:1", "postgres://:1/d", "postgres://:", "postgres://:/", "postgres://:,:", "postgres://h:0",
	"postgres://a,b", "postgres://a,b/d", "postgres://a:1,b:2/d", "postgres://a,b:2/d", "postgres://a:1,b/d", "postgres://a:1,/d", "postgres://,a", "postgres://,", "postgres://,,", "postgres://,/d", "postgres://,?", "postgres://a,,b", "postgres://a,b,", "postgres://u:p@a,b", "postgres://a,u:p@b", "postgres://a:1,u:p@b:2/d", "postgres://a%2Cb:1/d", "postgres://a%2Cb,c:1/d", "postgres://a:1%2C2/d",
	"postgres://[::1]", "postgres://[::1]/", "postgres://[::1]/d", "postgres://[::1]:1/d", "postgres://[::1]:/d", "postgres://[::1]?", "postgres://[::1],[::2]:3/d", "postgres://[::1],b", "postgres://a,[::1]", "postgres://[", "postgres://[]", "postgres://[]/d", "postgres://[::1", "postgres://[::1/d", "postgres://]", "postgres://a]b", "postgres://a[b]", "postgres://[::1]x", "postgres://[::1]x:1", "postgres://[::1]@h", "postgres://u@[::1]", "postgres://u:p@[::1]:1/d", "postgres://[::1]]", "postgres://[[::1]]", "postgres://[::1%25eth0]/d", "postgres://[::1%eth0]/d", "postgres://[fe80::1%2525x]/", "postgres://[a,b]/d", "postgres://[a/b]/d", "postgres://[a?b]/d", "postgres://[ ::1 ]/d", "postgres://[::1]\t",
	"postgres://%2Ftmp", "postgres://%2Ftmp/d", "postgres://%2Fvar%2Frun:1/d", "postgres:///d?host=/tmp", "postgres:///d?host=/tmp&port=1", "postgres://%40abc/d", "postgres://@abc/d", "postgres:///tmp/sock", "postgres://%2Ftmp,h:2/d",
	"postgres://h?user=u", "postgres://h?user=u&password=p", "postgres://h/d?user=u&user=v", "postgres://u@h?user=v", "postgres://h?host=g", "postgres://h?host=", "postgres://h?port=", "postgres://h:1?port=2", "postgres://h/d?dbname=e", "postgres://h/d?dbname=", "postgres://h?=", "postgres://h?=v", "postgres://h?user", "postgres://h?user&", "postgres://h?user=", "postgres://h?user=&", "postgres://h?&user=u", "postgres://h?user=u&&port=1", "postgres://h?user=u&", "postgres://h?user=u?port=1", "postgres://h?user==u", "postgres://h?user=u=v", "postgres://h?user=u%3Dv", "postgres://h?us%65r=u", "postgres://h?%=u", "postgres://h?user=%", "postgres://h?user=%4", "postgres://h?user=%00", "postgres://h?user%00=u", "postgres://h?user=a+b", "postgres://h?user=a%2Bb", "postgres://h?user=a;port=1", "postgres://h?user=u#frag", "postgres://h#frag", "postgres://h/d#frag", "postgres://h/d#frag?user=u", "postgres://h/d/e", "postgres://h/d/e?user=u", "postgres://h//d", "postgres://h/d?a/b=c", "postgres://h/?host=/x/y",
	"postgres://h?User=u", "postgres://h?usr=u", "postgres://h?foo=bar", "postgres://h?foo=", "postgres://h?foo", "postgres://h?search_path=a", "postgres://h?ssl=true", "postgres://h?ssl=TRUE", "postgres://h?ssl=false", "postgres://h?ssl=1", "postgres://h?ssl=", "postgres://h?ssl", "postgres://h?SSL=true", "postgres://h?ssl=%74rue", "postgres://h?s%73l=true", "postgres://h?ssl= true", "postgres://h?ssl=true&sslmode=disable", "postgres://h?sslmode=disable&ssl=true", "postgres://h?requiressl=1", "postgres://h?requiressl=0", "postgres://h?requiressl=", "postgres://h?sslmode=bogus", "postgres://h?sslmode=", "postgres://h?service=x", "postgres://h?servicefile=x", "postgres://h?parley.lanes=1", "postgres://h?parley.=1", "postgres://h?parley.%0A=1", "postgres://h?parley.a%20b=1", "postgres://h?password=a&b=c", "postgres://h?password=a b", "postgres://u:p@h?x=y", "postgres://u:p/w@h?x=y", "postgres://u:sec ret@h",
	"postgres:// h", "postgres://h ", "postgres://h /d", "postgres:// h /d", "postgres://h x/d", "postgres:// /d", "postgres:///d ", "postgres:/// d", "postgres:/// d ", "postgres:///d e", "postgres:/// ", "postgres:///  ?user=u", "postgres:// u @h", "postgres://u v@h", "postgres://u : p @h", "postgres://a ,b", "postgres://a, b", "postgres:// a,b ", "postgres://a:1 ,b:2", "postgres://a:1, b: 2", "postgres:// , ", "postgres://h? user=u", "postgres://h?user =u", "postgres://h?user= u", "postgres://h?user=u ", "postgres://h? user = u ", "postgres://h?us er=u", "postgres://h?user=u v", "postgres://h? =u", "postgres://h?user= ", "postgres://h? ", "postgres://h\t", "postgres://h\t/d\n", "postgres://h/d\te", "postgres://h/d%20e", "postgres://h/%20d%20", "postgres://h/%20", "postgres://h?user=%20u%20", "postgres://h/d\xc2\xa0", "postgres://h/d\x01",
	"postgresql:/h", "postgresql//h", "postgresql:h", "postgres://postgres://h", "postgresql://h?dbname=postgres://x/y", "postgresql://h/postgres://x", "postgres://h/a=b", "postgres://h/'a b'", "postgres://'h'/d", `postgres://h\/d`, "postgres://h/d?options=-c%20a%3Db", "postgres://h/d?options=-c a=b", "postgres://h:1,b:2,c:3/d?target_session_attrs=any", "postgres://" + strings.Repeat("h,", 100), "postgres://" + strings.Repeat("h:1,", 100) + "h/d", "postgres://h/" + strings.Repeat("%41", 2000),
}

// uriParts are pieces whose combinations make some thousands of URIs more.
var uriParts = [][]string{
	{"postgres://", "postgresql://"},
	{"", "@", "u@", "u:@", ":p@", "u:p@", "u:p:q@", "u %20@", "u%@"},
	{"", "h", "h:1", ":1", "h:", "a,b", "a:1,b", ",", "[::1]", "[::1]:1,b:", "%2Ftmp", " h ", "a ,b", "[]", "[::1]x"},
	{"", "/", "/d", "/d e", "/ d ", "/%64", "//"},
	{"", "?", "?user=v", "?host=", "?ssl=true", "?a=b", "?user", "?user=u&port=2&", "?%75ser=x", "? port = 3 "},
}

// combine calls yield with every choice of one piece from each part.
func combine(parts [][]string, yield func(string)) {
	if len(parts) == 0 {
		yield("")
		return
	}
	for _, head := range parts[0] {
		combine(parts[1:], func(tail string) { yield(head + tail) })
	}
}
