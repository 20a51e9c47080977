// An OpenID Connect provider for the tests: the npm package oidc-provider, which
// is certified by the OpenID Foundation, with a sign-in page of one field.
// Arguments: the package's entry file and a JSON configuration.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [entry, json] = process.argv.slice(2);
const config = JSON.parse(json);
const { default: Provider } = await import(pathToFileURL(entry));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(config.issuer, {
  clients: [{
    client_id: config.clientID,
    client_secret: config.clientSecret,
    redirect_uris: [config.redirect],
    post_logout_redirect_uris: [config.postLogout],
    token_endpoint_auth_method: config.authMethod,
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  pkce: { required: () => true, methods: ['S256'] },
  conformIdTokenClaims: config.rolesInUserinfoOnly,
  claims: { openid: ['sub'], profile: ['name', 'roles'], email: ['email', 'email_verified'] },
  findAccount: (_, sub) => config.accounts[sub] && { accountId: sub, claims: () => ({ sub, ...config.accounts[sub] }) },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 7200, Interaction: 600, Session: 3600, Grant: 3600 },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

const body = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
};

const callback = provider.callback();
const server = createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    callback(request, response);
    return;
  }
  if (request.method !== 'POST') {
    response.end('<form method="post"><input name="login"></form>');
    return;
  }
  const login = (await body(request)).get('login');
  const result = login
    ? { login: { accountId: login } }
    : { error: 'access_denied', error_description: 'The person gave up' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
});
server.listen(Number(new URL(config.issuer).port), '127.0.0.1', () => console.log('ready'));

// The test that started this has gone when its end of the pipe closes.
process.stdin.on('end', () => process.exit(0)).resume();
