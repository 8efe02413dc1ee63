"""Print a small family tree and look up some facts about it."""
from treelib import Tree

people = [
    ("harry", "Harry", None),
    ("jane", "Jane", "harry"),
    ("bill", "Bill", "harry"),
    ("diane", "Diane", "jane"),
    ("mary", "Mary", "diane"),
    ("mark", "Mark", "jane"),
]

tree = Tree()
for ident, name, parent in people:
    tree.create_node(name, ident, parent=parent)

tree.show()
print("depth:", tree.depth())
print("leaves:", sorted(node.tag for node in tree.leaves()))
print("below Jane:", [tree[n].tag for n in tree.expand_tree("jane")])

tree.move_node("mark", "bill")
tree.remove_node("diane")
tree.show()
print("size:", tree.size())
print(tree.to_json())
