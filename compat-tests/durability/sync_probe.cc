// What power_cut_test runs under sync_recorder: a few files in the folder that it is given, each
// with a known part that is on the disk.
#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace {

void append(int fd, std::size_t size) {
  const std::string bytes(size, 'x');
  if (::write(fd, bytes.data(), bytes.size()) != ssize_t(size)) ::_exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = std::string(argv[1]) + "/";
  const auto create = [&](const char* name) {
    return ::open((folder + name).c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  };
  const int half = create("half");  // 100 of 150 bytes
  append(half, 100);
  if (::fsync(half) != 0) return 2;
  append(half, 50);
  const int cut = create("cut");  // 40 of 100 bytes: the rest came after the cut
  append(cut, 100);
  if (::fdatasync(cut) != 0 || ::ftruncate(cut, 40) != 0) return 2;
  append(cut, 60);
  const int emptied = create("emptied");  // nothing of 30 bytes
  append(emptied, 30);
  if (::fsync(emptied) != 0) return 2;
  append(create("emptied"), 30);
  const int renamed = create("renamed.tmp");  // all of 20 bytes
  append(renamed, 20);
  if (::fsync(renamed) != 0) return 2;
  if (::rename((folder + "renamed.tmp").c_str(), (folder + "renamed").c_str()) != 0) return 2;
  append(create("never"), 10);
  return 0;
}
