// A wallet's client library of other people (@openid4vc/openid4vci, OpenWallet Foundation) takes a certificate:
// node foreign_wallet.mjs OFFER TX. OFFER: the address in the QR code. Prints JSON: what it understood and what it got.
// The packages lie in LMS_NODE_VERIFIERS/node_modules.
import {createHash, randomBytes} from 'node:crypto';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [address, txCode] = process.argv.slice(2);
const require = createRequire(join(process.env.LMS_NODE_VERIFIERS, 'node_modules', 'x.js'));
const {Openid4vciClient} = require('@openid4vc/openid4vci');
const {setGlobalConfig} = require('@openid4vc/oauth2');
setGlobalConfig({allowInsecureUrls: true}); // the test's server speaks http

const not = what => () => { throw new Error(`${what} is not part of this`); };
const client = new Openid4vciClient({
  callbacks: {
    fetch,
    hash: (data, name) => createHash(name.replace('-', '')).update(data).digest(),
    generateRandom: size => randomBytes(size),
    clientAuthentication: () => {},
    signJwt: not('a proof of a key'), verifyJwt: not('a JWT'), decryptJwe: not('encryption'), encryptJwe: not('encryption'),
  },
});

const credentialOffer = await client.resolveCredentialOffer(address);
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
const configuration = credentialOffer.credential_configuration_ids[0];
let answer = {version: issuerMetadata.originalDraftVersion, known: Object.keys(issuerMetadata.knownCredentialConfigurations)};
try {
  const {accessTokenResponse} = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({credentialOffer, issuerMetadata, txCode});
  const {credentialResponse} = await client.retrieveCredentials({
    accessToken: accessTokenResponse.access_token, credentialConfigurationId: configuration, issuerMetadata,
  });
  answer = {...answer, credentials: credentialResponse.credentials};
} catch (error) {
  answer = {...answer, refused: error.errorResponse?.error ?? String(error)};
}
console.log(JSON.stringify(answer));
