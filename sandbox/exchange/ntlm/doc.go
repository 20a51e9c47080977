// Package ntlm is the server side of NTLM as an Exchange server's IIS speaks
// it: it makes challenges and verifies NTLMv2 answers to them. It follows
// [MS-NLMP] (learn.microsoft.com/openspecs/windows_protocols/ms-nlmp).
//
// Only what an HTTP log-on needs is here: no signing, no sealing and no key
// exchange (never offered). LM, NTLMv1 and anonymous answers are refused, as a
// domain with LmCompatibilityLevel 5 refuses them.
package ntlm
