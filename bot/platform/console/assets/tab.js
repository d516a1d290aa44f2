// The name of this page, so that answers come back to it and not to another
// page of the same person.
export const tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, '0')).join('')
