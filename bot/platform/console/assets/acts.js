// What people do: every press carries an id of its own, so that it is done
// once however often it is sent; forms lie in a dialog and keep their text.
import { tab } from './tab.js'
import { $, $$, current } from './stream.js'
import { refresh } from './time.js'

const htmx = window.htmx
const ids = new WeakMap() // the id of a press, until it is answered
const drafts = new Map() // texts of forms that were closed, by form and field
const flow = new Set() // the fields of the forms that followed one another since the dialog opened
const dialog = $('#dialog')

function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}

// where says what a press belongs to, and where its private answer goes.
function where(el) {
  const form = el.closest('#dialog') && $('#form')
  if (form) return { channel: form.channel.value, message: form.message.value, place: form.place.value }
  const note = el.closest('.note')
  const item = el.closest('[data-item]')
  const pane = el.closest('[data-place]')?.dataset.place ?? 'c'
  const message = item?.dataset.item ?? el.message?.value ?? ''
  const place = note ? note.dataset.place : item ? pane + item.dataset.item : pane === 't' ? `t${message}` : 'c'
  return { channel: current(), message, place, ...(note && { within: '1' }) }
}

function configure(e) {
  if (e.detail.path !== '/act') return
  const el = e.detail.elt
  if (!ids.has(el)) ids.set(el, newID())
  const p = e.detail.parameters
  p.id = ids.get(el)
  p.tab = tab
  for (const [k, v] of Object.entries(where(el))) if (!p[k]) p[k] = v
}

const groupOf = (el) => el.closest('article, .note, dialog, form') ?? el

function busy(el, on) {
  const group = groupOf(el)
  group.classList.toggle('busy', on)
  el.classList.toggle('pressed', on)
  if (on) group.setAttribute('aria-busy', 'true')
  else group.removeAttribute('aria-busy')
  for (const b of $$('button', group)) {
    if (on) b.setAttribute('aria-disabled', 'true')
    else b.removeAttribute('aria-disabled')
  }
}

// refuse stops a press while another is under way. No form of ours is ever
// sent the browser's own way, which would leave the page.
function refuse(e) {
  if (e.type === 'submit' && e.target.hasAttribute('hx-post')) e.preventDefault()
  const el = e.type === 'submit' ? e.target : e.target.closest?.('button[hx-post], [data-submit]')
  if (!el || !groupOf(el).classList.contains('busy')) return
  e.preventDefault()
  e.stopImmediatePropagation()
}

const waiting = new Map() // presses whose answer comes over the stream, by id

// deliver puts an answer that took long where it belongs.
export function deliver(a) {
  const el = waiting.get(a.id)
  waiting.delete(a.id)
  if (el) release(el)
  const from = el?.isConnected ? el : document.body
  if (a.trigger) htmx.trigger(from, a.trigger)
  if (a.swap === 'none') {
    const parts = document.createElement('template')
    parts.innerHTML = a.html
    for (const p of parts.content.children) document.getElementById(p.id)?.replaceChildren(...p.childNodes)
  } else if (a.target) {
    const target = a.target === 'closest .note' ? from.closest('.note') ?? $('#notes') : $(a.target) ?? $('#notes')
    htmx.swap(target, a.html, { swapStyle: target.id === 'notes' ? 'beforeend' : a.swap })
  }
  if (a.after) htmx.trigger(from, a.after)
  refresh()
}

function release(el) {
  busy(el, false)
  ids.delete(el)
}

// answered ends a press, unless its answer is still to come.
function answered(e) {
  if (e.detail.requestConfig.path !== '/act') return
  const el = e.detail.elt
  if (e.detail.xhr.status === 202) waiting.set(ids.get(el), el)
  else if (e.detail.successful) release(el)
  else {
    busy(el, false)
    failed(e)
  }
}

// failed tells of an act that did not arrive. Its id is kept: pressed again it
// is still the same act.
function failed(e) {
  const el = e.detail.elt
  const told = document.createElement('section')
  told.className = 'note accent-urgent'
  told.setAttribute('role', 'alert')
  told.append(Object.assign(document.createElement('p'), { className: 'line', textContent: 'That did not reach Earshot, or its answer did not come back. Press again: it is done only once.' }))
  if (el.closest('dialog')) {
    $('#error-form').textContent = told.textContent
    return
  }
  const list = $(':scope > .notes', el.closest('[data-item]') ?? document.createElement('p')) ?? $('#notes')
  list.append(told)
  setTimeout(() => told.remove(), 8000)
}

function draftKey(input) {
  return `${$('#form').action.value.split('|').slice(0, 2).join('|')}:${input.name}`
}

// opened readies a form that was put into the dialog.
function opened() {
  if (!dialog.open) {
    flow.clear()
    dialog.returnValue = ''
    dialog.showModal()
  }
  dialog.setAttribute('aria-label', $('h2', dialog).textContent)
  for (const input of $$('[data-max]', dialog)) {
    const kept = drafts.get(draftKey(input))
    flow.add(draftKey(input))
    if (kept && !input.value) input.value = kept
    counting(input)
  }
  refresh(dialog)
  const first = $('[data-max]', dialog) ?? $('input:checked, input[type=radio], select', dialog)
  ;(first ?? $('h2', dialog)).focus()
  if (first?.setSelectionRange) first.setSelectionRange(first.value.length, first.value.length)
}

const graphemes = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter() : null
const length = (s) => (graphemes ? [...graphemes.segment(s)].length : [...s].length)

// counting shows how much of a field is used. A longer text is never cut: the
// count says by how much.
function counting(input) {
  const box = $('.count', input.closest('.field'))
  const max = Number(input.dataset.max)
  const n = length(input.value)
  const over = n > max
  box.textContent = over ? `${n - max} too many` : max >= 10000 && n < 9000 ? '' : `${n} of ${max}`
  box.classList.toggle('over', over)
  box.setAttribute('aria-live', over || n > max * 0.9 ? 'polite' : 'off')
  input.setCustomValidity(over ? `At most ${max} characters; this is ${n}.` : '')
}

// keepDrafts keeps what stands in a form that is closed before it is sent.
function keepDrafts() {
  if (!$('#form') || dialog.returnValue === 'done') return
  for (const input of $$('[data-max]', dialog)) {
    if (input.value.trim() && input.value !== input.defaultValue) drafts.set(draftKey(input), input.value)
  }
}

function finished(e) {
  if (e.target.closest?.('#dialog')) {
    flow.forEach((key) => drafts.delete(key))
    dialog.close('done')
  }
  const form = e.target.closest?.('#say')
  if (form) {
    form.reset()
    $('#words').style.removeProperty('height')
  }
}

function marked() {
  for (const field of $$('.field', dialog)) {
    const wrong = $('.error', field).textContent !== ''
    for (const input of $$('input, textarea, select', field)) {
      if (wrong) input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
    }
  }
  $('[aria-invalid]', dialog)?.focus()
}

// confirm asks once before a final act, in a dialog of our own.
function confirm(e) {
  if (!e.detail.question) return
  e.preventDefault()
  const box = $('#confirm')
  $('#confirm-text').textContent = e.detail.question
  const yes = $('[data-yes]', box)
  yes.textContent = e.detail.elt.textContent.trim()
  yes.onclick = () => {
    box.close()
    e.detail.issueRequest(true)
  }
  $('[data-no]', box).onclick = () => box.close()
  box.showModal()
  $('[data-no]', box).focus()
}

async function copy(button) {
  const pre = $('pre', button.parentElement)
  getSelection().selectAllChildren(pre)
  try {
    await navigator.clipboard.writeText(pre.textContent)
  } catch {
    document.execCommand('copy') // without a secure context there is no clipboard
  }
  button.textContent = 'Copied'
  setTimeout(() => { button.textContent = 'Copy' }, 1600)
}

function onClick(e) {
  const close = e.target.closest('[data-close]')
  const dismiss = e.target.closest('[data-dismiss]')
  const copying = e.target.closest('[data-copy]')
  if (close) close.closest('dialog').close()
  else if (dismiss) dismiss.closest('.note').remove()
  else if (copying) copy(copying)
  else if (e.target.matches('dialog.small')) e.target.close()
}

export function start() {
  document.addEventListener('click', refuse, true)
  document.addEventListener('submit', refuse, true)
  document.addEventListener('click', onClick)
  document.addEventListener('htmx:configRequest', configure)
  document.addEventListener('htmx:confirm', confirm)
  document.addEventListener('htmx:beforeRequest', (e) => e.detail.requestConfig.path === '/act' && busy(e.detail.elt, true))
  document.addEventListener('htmx:afterRequest', answered)
  document.addEventListener('earshot:form', opened)
  document.addEventListener('earshot:done', finished)
  document.addEventListener('earshot:errors', marked)
  document.addEventListener('input', (e) => e.target.matches('[data-max]') && counting(e.target))
  dialog.addEventListener('close', keepDrafts)
  document.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return
    if (dialog.open) $('[data-submit]', dialog)?.click()
  })
}
