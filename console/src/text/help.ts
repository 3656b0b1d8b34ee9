/** The texts of the help panel, by topic. */
export const helpTexts = {
  alias: {
    title: 'Alias',
    paragraphs: [
      'An alias is the name of a key for people and programs. It can move to a different key.',
      'Policies can allow access by alias: a person who can move an alias may change who can use a key.',
    ],
  },
  tags: {
    title: 'Tags',
    paragraphs: [
      'Tags help to find keys, and policies can allow access by tag. Tags are not secret: write no secrets into them.',
    ],
  },
  keyPolicy: {
    title: 'Key policy',
    paragraphs: [
      'The key policy decides first who may do what with the key. With the statement for the account, IAM policies can allow access, too.',
      'Without that statement, the key policy alone decides. If nobody may change it any more, the key can no longer be managed.',
    ],
  },
  keyType: {
    title: 'Key type',
    paragraphs: [
      'A symmetric key is one secret that never leaves the server. It encrypts small data itself, and makes data keys for large data. Services use this type.',
      'An asymmetric key is a pair. Everybody may have the public key, and can encrypt or verify with it without the server.',
    ],
  },
  keyUsage: {
    title: 'Key usage',
    paragraphs: [
      'A key has one usage for all of its life. A key for two purposes would be a danger to both: a signature could be the answer to somebody who wants a text decrypted.',
      'Encrypt and decrypt keeps data secret. Sign and verify proves the author to everybody, and a MAC proves it to the holders of the key. Key agreement derives a secret from the keys of two parties.',
    ],
  },
  keySpec: {
    title: 'Key spec',
    paragraphs: [
      'The spec is the kind and the size of the key. Choose one that the software of your partners reads. Larger RSA keys are slower, and RSA encrypts a few hundred bytes at most.',
      'A MAC is as long as the digest in the name of its spec. ML-DSA and ML-KEM withstand quantum computers.',
    ],
  },
  regionality: {
    title: 'Regionality',
    paragraphs: [
      'A multi-Region key can have replicas in other Regions, with the same key material and key ID. Data that is encrypted in one Region can then be decrypted in a different one.',
      'Each replica has its own key policy, aliases and tags. A single-Region key can never become a multi-Region key.',
    ],
  },
  administrators: {
    title: 'Key administrators',
    paragraphs: [
      'Administrators change the key policy, tags and aliases, and enable and disable the key. They cannot encrypt or sign by being administrators, but they can change the policy and so allow it to themselves.',
    ],
  },
  keyDeletion: {
    title: 'Key deletion',
    paragraphs: [
      'Without the check mark, key administrators cannot schedule the deletion of the key. If IAM policies of the account allow it to somebody, they still can.',
      'Data under a deleted key can never be read again.',
    ],
  },
  keyUsers: {
    title: 'Key users',
    paragraphs: [
      'Users call the cryptographic operations of the key. They may also allow services to use the key for them, by grants that end with the resource.',
    ],
  },
  otherAccounts: {
    title: 'Other AWS accounts',
    paragraphs: [
      'This opens the key to a different account. Its administrators must also allow the key to their own users and roles, by IAM policies.',
    ],
  },
  accountStatement: {
    title: 'The statement for the account',
    paragraphs: [
      'The first statement allows IAM policies of the account to give access to the key. Without it only the key policy decides. If the principals that it names are deleted, nobody can manage the key.',
    ],
  },
  keyRotation: {
    title: 'Key rotation',
    paragraphs: [
      'A rotation gives the key new material for new data. The old materials stay, so that old data can be decrypted. Key ID, aliases and policies do not change.',
      'A rotation does not encrypt old data again. If a data key has become known, a rotation is no remedy.',
    ],
  },
  grants: {
    title: 'Grants',
    paragraphs: [
      'A grant allows a principal some operations on this key, beside all policies. Services make grants for the resources that they encrypt.',
      'Only the principal that made a grant sees its token, once. With the token, the grantee can use the grant before it is known everywhere.',
      'Revoking ends a grant and can break encrypted resources. Retiring is for principals that are done with their own grant.',
    ],
  },
  why: {
    title: 'Why?',
    paragraphs: [
      'The part of the server that decides calls answers the question, with the policies, grants and tags of now. Every statement of every policy is compared with the request.',
      'Conditions can ask for values that only a request has, such as its address. Give them as values of the request. A link from a denied call gives them.',
      'The answer shows all policies of an account, so it needs the permission keyward:ExplainAccess.',
    ],
  },
  encryptionContext: {
    title: 'Encryption context',
    paragraphs: [
      'The pairs are bound to the ciphertext: the same pairs are needed to decrypt it. They prove that a ciphertext belongs where it is found, such as to an order or a customer.',
      'They are not secret. Logs and policies have them as they are: write no secrets into them.',
    ],
  },
  keyOrigin: {
    title: 'Key material origin',
    paragraphs: [
      'The origin says who makes the key material, and who must keep a copy. With KMS the server makes it, and keeps it for as long as the key is there.',
      'With External you import key material that you made. Keep your copy: if the material expires or is deleted here, only the same bytes bring it back.',
      'With a key store the key is in your HSMs, or in your key manager outside. While they are away, the key cannot be used.',
    ],
  },
  cloudHsmStores: {
    title: 'AWS CloudHSM key stores',
    paragraphs: [
      'Keys of such a store are made in HSMs of yours, never leave them, and are used there. The server logs in as the user kmsuser.',
      'A new store is disconnected. Connect it before you make keys in it. Connecting gives kmsuser a new password that only the server knows.',
      'The trust anchor certificate is the file customerCA.crt of the cluster. It cannot be changed later.',
    ],
  },
  externalStores: {
    title: 'External key stores',
    paragraphs: [
      'Keys of such a store stand for keys in a key manager outside, which the server reaches through an external key store proxy. Data is encrypted twice: with key material of the server, and with the key outside. Neither side alone can read it.',
      'While the proxy or the key manager is away, the keys cannot be used. Availability and durability of the keys outside are your part.',
      'A new store is disconnected. Connect it before you make keys in it.',
    ],
  },
  proxyConnectivity: {
    title: 'Proxy connectivity',
    paragraphs: [
      'A public endpoint is a host that the server reaches at port 443. The setting outbound of the server must allow it. The proxy is asked for its health before the key store is made.',
      'A VPC endpoint service is a name, and the setting xks of the server says where it leads. The proxy is asked when the key store is connected.',
    ],
  },
  proxyCredential: {
    title: 'Proxy credential',
    paragraphs: [
      'The server signs its requests to the proxy with this access key. It is one of the proxy, and not one of this server or of AWS. Its administrator gives it to you.',
      'The server never shows the secret again. To change the credential, give the new one to the proxy first, then edit the key store.',
    ],
  },
  externalKeyId: {
    title: 'External key ID',
    paragraphs: [
      'The name of the key in the key manager outside, as the proxy knows it. The key must be an enabled AES-256 key that may encrypt and decrypt.',
      'Within a key store, one external key belongs to one KMS key, also while that key is disabled or waits for its deletion.',
    ],
  },
  lastUsed: {
    title: 'Last used',
    paragraphs: [
      'The last time at which a call used the key in a cryptographic operation.',
      'Do not delete a key on this alone: old data may need it. Disable it first, and watch for errors.',
    ],
  },
} as const satisfies Readonly<
  Record<string, { readonly title: string; readonly paragraphs: readonly string[] }>
>
