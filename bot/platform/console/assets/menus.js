// Menus: a button that opens a list of acts, by mouse and by keyboard, in the
// top layer so that nothing cuts it off.
import { $, $$ } from './stream.js'

function place(list, button) {
  const at = button.getBoundingClientRect()
  const size = list.getBoundingClientRect()
  const below = at.bottom + 6 + size.height < innerHeight
  list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`
  list.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`
}

function toggle(button) {
  const list = button.nextElementSibling
  if (list.matches(':popover-open')) return list.hidePopover()
  list.showPopover()
  place(list, button)
  button.setAttribute('aria-expanded', 'true')
  $('[role=menuitem]', list)?.focus({ preventScroll: true })
  list.addEventListener('toggle', (e) => {
    if (e.newState !== 'closed') return
    button.setAttribute('aria-expanded', 'false')
    if (list.contains(document.activeElement) || document.activeElement === document.body) button.focus({ preventScroll: true })
  })
}

function onKey(e) {
  const list = e.target.closest?.('.options:popover-open')
  if (!list) return
  const options = $$('[role=menuitem]', list)
  const at = options.indexOf(document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 }[e.key]
  if (to === undefined) return
  e.preventDefault()
  options[(to + options.length) % options.length].focus()
}

export function start() {
  let openBefore = null
  // Pressing the button of an open menu closes it by itself before the click.
  document.addEventListener('pointerdown', (e) => {
    const button = e.target.closest('[data-menu]')
    openBefore = button?.nextElementSibling.matches(':popover-open') ? button : null
  }, true)
  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-menu]')
    if (button && button !== openBefore) toggle(button)
    openBefore = null
    if (e.target.closest('.options [role=menuitem]')) e.target.closest('.options').hidePopover()
  })
  document.addEventListener('keydown', onKey)
  const shut = (e) => { if (!e.target.closest?.('.options')) $$('.options:popover-open').forEach((l) => l.hidePopover()) }
  document.addEventListener('scroll', shut, { capture: true, passive: true })
}
