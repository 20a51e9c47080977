package ews

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
)

// channelBinding ties a sign-in to the TLS connection it is made over, as Extended
// Protection demands: MD5 of a gss_channel_bindings_struct (RFC 4121 4.1.1.2) without
// addresses, whose data is the binding tls-server-end-point (RFC 5929 4). nil where
// there is none: without TLS, or with a certificate for which no binding is defined.
func channelBinding(state *tls.ConnectionState) []byte {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	certificate := state.PeerCertificates[0]
	hash := bindingHash(certificate.SignatureAlgorithm)
	if hash == 0 {
		return nil
	}
	digest := hash.New()
	_, _ = digest.Write(certificate.Raw)
	data := append([]byte("tls-server-end-point:"), digest.Sum(nil)...)
	bindings := make([]byte, 16, 20+len(data)) // no addresses: four zeros of 32 bits
	bindings = binary.LittleEndian.AppendUint32(bindings, uint32(len(data)))
	sum := md5.Sum(append(bindings, data...))
	return sum[:]
}

// bindingHash is the hash of a certificate's signature, SHA-256 in the place of MD5
// and SHA-1; 0 where the signature has none of its own.
func bindingHash(algorithm x509.SignatureAlgorithm) crypto.Hash {
	switch algorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		return crypto.SHA256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return crypto.SHA512
	}
	return 0
}

// wantsTarget is NTLMSSP_REQUEST_TARGET ([MS-NLMP] 2.2.2.5), and negotiateFlags where
// a message 1 holds it.
const (
	wantsTarget    = 1 << 2
	negotiateFlags = 12
)

// askForTarget makes a message 1 ask for a challenge that tells of the target:
// Windows tells it in any case, others when asked.
func askForTarget(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	message, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(message) < negotiateFlags+4 {
		return authorization
	}
	flags := binary.LittleEndian.Uint32(message[negotiateFlags:])
	binary.LittleEndian.PutUint32(message[negotiateFlags:], flags|wantsTarget)
	return scheme + " " + base64.StdEncoding.EncodeToString(message)
}

// bindChallenges puts the binding into the NTLM challenge of a 401. A client copies
// what a challenge tells of the target into its answer and signs it there
// ([MS-NLMP] 3.1.5.1.2), which is how the binding gets into the answer of a library
// that knows none.
func bindChallenges(header http.Header, binding []byte) {
	fields := header["Www-Authenticate"]
	for i, field := range fields {
		scheme, token, _ := strings.Cut(field, " ")
		message, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
		if err != nil {
			continue
		}
		if bound := bindChallenge(message, binding); bound != nil {
			fields[i] = scheme + " " + base64.StdEncoding.EncodeToString(bound)
		}
	}
}

// The attribute and value pairs of [MS-NLMP] 2.2.2.1 that matter here.
const (
	pairsEnd     = 0
	pairsBinding = 10
)

// targetInfo is where a challenge holds the field that leads to its pairs.
const targetInfo = 40

// bindChallenge returns a CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2) that holds the
// binding besides what it held; nil for what is none, or is not understood.
func bindChallenge(message, binding []byte) []byte {
	if len(binding) == 0 || len(message) < targetInfo+8 ||
		!bytes.HasPrefix(message, []byte("NTLMSSP\x00\x02\x00\x00\x00")) {
		return nil
	}
	length := int(binary.LittleEndian.Uint16(message[targetInfo:]))
	offset := int(binary.LittleEndian.Uint32(message[targetInfo+4:]))
	if offset > len(message) || length > len(message)-offset {
		return nil
	}
	pairs := bindPairs(message[offset:offset+length], binding)
	if pairs == nil {
		return nil
	}
	bound := append(bytes.Clone(message), pairs...)
	binary.LittleEndian.PutUint16(bound[targetInfo:], uint16(len(pairs)))
	binary.LittleEndian.PutUint16(bound[targetInfo+2:], uint16(len(pairs)))
	binary.LittleEndian.PutUint32(bound[targetInfo+4:], uint32(len(message)))
	return bound
}

// bindPairs adds the binding in the place of another one; nil for pairs that do not
// end as they must.
func bindPairs(pairs, binding []byte) []byte {
	var bound []byte
	for len(pairs) >= 4 {
		id, length := binary.LittleEndian.Uint16(pairs), int(binary.LittleEndian.Uint16(pairs[2:]))
		switch {
		case id == pairsEnd:
			bound = binary.LittleEndian.AppendUint16(bound, pairsBinding)
			bound = binary.LittleEndian.AppendUint16(bound, uint16(len(binding)))
			return append(append(bound, binding...), 0, 0, 0, 0)
		case len(pairs) < 4+length:
			return nil
		case id != pairsBinding:
			bound = append(bound, pairs[:4+length]...)
		}
		pairs = pairs[4+length:]
	}
	return nil
}
