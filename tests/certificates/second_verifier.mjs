// Other people's verifiers in node, asked about files that the tests wrote: node second_verifier.mjs FOLDER CONTEXTS
// FOLDER/<case>/{credential,did,status}.json; CONTEXTS: JSON, address → file. Prints JSON: case → verifier → answer.
// Nothing is fetched: what a verifier asks the network for comes from the case's folder, the rest is refused.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const [folder, contextsFile] = process.argv.slice(2);
// The packages lie in LMS_NODE_VERIFIERS/node_modules.
const find = async name => {
  const home = join(process.env.LMS_NODE_VERIFIERS, 'node_modules', name);
  const {exports, main} = JSON.parse(readFileSync(join(home, 'package.json')));
  const own = exports?.['.'] ?? exports;
  const entry = own?.import ?? own?.default ?? own ?? main;
  return import(pathToFileURL(join(home, typeof entry === 'string' ? entry : entry.default)));
};

const contexts = Object.fromEntries(Object.entries(JSON.parse(readFileSync(contextsFile)))
  .map(([url, file]) => [url, JSON.parse(readFileSync(file))]));
console.log = console.error; // the packages say things of their own
let now; // the folder of the case that is looked at
const read = name => JSON.parse(readFileSync(join(folder, now, name)));

const answer = url => {
  if(url.endsWith('/did.json')) {
    return read('did.json');
  }
  if(url.includes('/status/')) {
    return read('status.json');
  }
  return contexts[url];
};
globalThis.fetch = async request => {
  const found = answer(typeof request === 'string' ? request : request.url ?? String(request));
  return found ? Response.json(found) : new Response('no network', {status: 404});
};

const documentLoader = async url => {
  let document = answer(url);
  if(!document && url.startsWith('did:web:')) {
    const did = read('did.json');
    const method = did.verificationMethod.find(one => one.id === url);
    document = method ? {'@context': 'https://w3id.org/security/multikey/v1', ...method} : did.id === url ? did : null;
  }
  if(!document) {
    throw new Error(`no network: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
};

async function digitalBazaar() {
  const vc = await find('@digitalbazaar/vc');
  const {DataIntegrityProof} = await find('@digitalbazaar/data-integrity');
  const {cryptosuite} = await find('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
  const {checkStatus} = await find('@digitalbazaar/vc-bitstring-status-list');
  return async credential => {
    const suite = new DataIntegrityProof({cryptosuite});
    const found = await vc.verifyCredential({credential, suite, documentLoader, checkStatus: options => checkStatus({
      ...options, suite: new DataIntegrityProof({cryptosuite}), verifyBitstringStatusListCredential: true
    })});
    const words = error => [error?.message, error?.cause?.message, ...(error?.errors ?? []).map(words)].filter(Boolean).join('; ');
    if(!found.verified) {
      return words(found.error ?? found.statusResult?.error) || 'not verified';
    }
    // A revoked credential is "verified" for this library; the bit stands here.
    return found.statusResult.results.some(one => one.status) ? 'revoked' : 'accepted';
  };
}

async function credentialsConsortium() {
  const {verifyCredential} = await find('@digitalcredentials/verifier-core');
  return async credential => {
    const found = await verifyCredential({credential, knownDIDRegistries: []});
    if(found.errors?.length) {
      return found.errors.map(one => one.message).join('; ');
    }
    const bad = found.log.filter(one => one.id !== 'registered_issuer' && one.valid !== true);
    return bad.length ? bad.map(one => one.error?.message ?? one.id).join('; ') : 'accepted';
  };
}

const verifiers = {'@digitalbazaar/vc': await digitalBazaar(), '@digitalcredentials/verifier-core': await credentialsConsortium()};
const answers = {};
for(now of readdirSync(folder)) {
  answers[now] = {};
  for(const [name, verify] of Object.entries(verifiers)) {
    try {
      answers[now][name] = await verify(read('credential.json'));
    } catch(error) {
      answers[now][name] = String(error.message || error);
    }
  }
}
process.stdout.write(JSON.stringify(answers, null, 1));
