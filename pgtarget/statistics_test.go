package pgtarget
